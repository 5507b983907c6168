// Timers, alarms and lists.

import { element } from "./conversation.js";

function left(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export class Agenda {
  constructor(shown, send) {
    this.shown = shown;
    this.send = send;
    this.running = [];
    setInterval(() => this.#tick(), 1000);
  }

  show({ timers = [], alarms = [], lists = {}, problem }) {
    this.running = [];
    const parts = [];
    if (problem) parts.push(element("p", problem, "failed"));
    const now = performance.now() / 1000;
    parts.push(...this.#part("Timers", timers, (one) => {
      const time = element("span", left(one.left_s));
      if (one.running) this.running.push({ time, ends: now + one.left_s });
      return [`${one.name}: `, time, one.running ? "" : " (paused)"];
    }, (one) => ["Cancel", `Cancel the timer ${one.name}`, "cancel_timer", one.number]));
    parts.push(...this.#part("Alarms", alarms, (one) => [
      [new Date(one.rings).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" }),
        one.repeats, one.purpose].filter(Boolean).join(", "),
    ], (one) => ["Cancel", `Cancel the ${one.kind} at ${one.time}`, "cancel_alarm", one.number]));
    for (const [name, entries] of Object.entries(lists)) {
      parts.push(...this.#part(`List “${name}”`, entries, (entry) => [entry]));
      parts.push(this.#button("Clear", `Clear the list ${name}`, "clear_list", name));
    }
    if (parts.length === 0) parts.push(element("p", "Nothing is set.", "note"));
    this.shown.replaceChildren(...parts);
  }

  #part(title, items, words, button) {
    if (items.length === 0) return [];
    const list = element("ul");
    for (const one of items) {
      const item = element("li");
      const text = element("span");
      text.append(...words(one));
      item.append(text);
      if (button) item.append(this.#button(...button(one)));
      list.append(item);
    }
    return [element("h3", title), list];
  }

  #button(text, label, command, value) {
    const button = element("button", text);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.onclick = () => this.send(command, value);
    return button;
  }

  #tick() {
    const now = performance.now() / 1000;
    for (const { time, ends } of this.running) time.textContent = left(ends - now);
  }
}
