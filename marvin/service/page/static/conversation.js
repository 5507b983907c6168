// What was said, turn by turn, and where the time of each went.

const MOST_TURNS = 100;
const PARTS = [
  ["endpoint", "pause at the end"],
  ["stt", "recognition"],
  ["mind", "answer"],
  ["voice", "voice"],
];

export function element(name, text = "", ...classes) {
  const made = document.createElement(name);
  made.textContent = text;
  made.classList.add(...classes);
  return made;
}

function labelled(who, text, ...classes) {
  const line = element("p", "", ...classes);
  line.append(element("span", `${who}: `, "who"), text);
  return line;
}

// Seconds of each part until the first sound; null where the turn did not get that far.
export function parts(turn) {
  const { endpoint_s: endpoint, stt_s: stt, first_token_s: token, first_audio_s: audio } = turn;
  if (stt === null || token === null || audio === null) return null;
  return { endpoint, stt, mind: token, voice: Math.max(0, audio - stt - token) };
}

export class Conversation {
  constructor(turns, partial, hint) {
    this.turns = turns;
    this.partial = partial;
    this.hint = hint;
    this.turn = null;
    this.reply = null;
    this.failure = null;
  }

  partlyHeard(text, stable) {
    this.partial.replaceChildren(element("span", text.slice(0, stable), "stable"), text.slice(stable));
    this.partial.hidden = text === "";
  }

  heard(text, speaker) {
    this.partlyHeard("", 0);
    this.#begin();
    this.#add(labelled(speaker || "You", text || "(not understood)", "said"));
  }

  typed(text) {
    this.#begin();
    this.#add(labelled("You", text, "said"));
  }

  replied(text) {
    if (this.turn === null) this.#begin();
    // What a skill cannot do is also spoken.
    if (this.failure?.textContent === text) this.failure.remove();
    if (this.reply === null) this.#add((this.reply = labelled("Marvin", text)));
    else this.reply.append(` ${text}`);
    this.#scroll();
  }

  failed(text) {
    if (this.turn === null) this.#begin();
    this.failure = element("p", text, "failed");
    this.#add(this.failure);
  }

  finished(turn) {
    this.partlyHeard("", 0);
    if (this.turn === null) return;
    const spent = parts(turn);
    if (spent !== null) this.#add(...bar(spent));
    if (turn.outcome === "interrupted" && this.reply !== null) this.reply.append(" (interrupted)");
    this.over();
  }

  // What comes next belongs to another turn.
  over() {
    this.turn = this.reply = null;
  }

  #begin() {
    this.hint.hidden = true;
    this.turn = element("div", "", "turn");
    this.reply = null;
    this.turns.append(this.turn);
    while (this.turns.childElementCount > MOST_TURNS) this.turns.firstElementChild.remove();
  }

  #add(...lines) {
    this.turn.append(...lines);
    this.#scroll();
  }

  #scroll() {
    this.turns.scrollTop = this.turns.scrollHeight;
  }
}

function bar(spent) {
  const drawn = element("div", "", "bar");
  drawn.setAttribute("aria-hidden", "true");
  const told = element("p", "", "times");
  const total = PARTS.reduce((sum, [part]) => sum + spent[part], 0);
  told.append(element("b", `${total.toFixed(2)} s to the first sound`));
  for (const [part, name] of PARTS) {
    const piece = element("span", "", part);
    piece.style.flexBasis = `${(100 * spent[part]) / total}%`;
    piece.title = name;
    drawn.append(piece);
    told.append(element("span", `${name} ${spent[part].toFixed(2)} s`, part));
  }
  return [drawn, told];
}
