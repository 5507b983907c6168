// Joins the parts of the page: events of Marvin go to what shows them, the user's actions to Marvin.

import { Agenda } from "./agenda.js";
import { Connection, hasKey, keepKey, settings } from "./connection.js";
import { Conversation, element } from "./conversation.js";
import { Microphone, microphoneProblem, recording } from "./microphone.js";
import { Player } from "./player.js";
import { WakeLine } from "./wake-line.js";

const STATES = { idle: "Ready", listening: "Listening", thinking: "Thinking", speaking: "Speaking" };
const UNCALLED = new Set(["follow-up", "only the wake word was said"]);
const PLAYED_HZ = 24000;
const ROOM = "marvin-room";

const $ = (id) => document.getElementById(id);
const conversation = new Conversation($("turns"), $("partial"), $("hint"));
const wakeLine = new WakeLine($("wake-line"), $("wake-figures"));
const player = new Player(PLAYED_HZ, (position) => connection.send("played", position));
const microphone = new Microphone((block) => {
  if (!muted) connection.sendAudio(block);
});
const connection = new Connection({
  ready,
  event: (event) => events[event.event]?.(event),
  audio: (position, samples) => player.play(position, samples),
  lost,
  keyNeeded,
});
const agenda = new Agenda($("agenda-shown"), (command, value) => connection.send(command, value));
let muted = false;
let handsFree = false;
let talking = false;
let answering = false; // Marvin listens without being called, and the microphone is on for that.
let woken = false; // By what was heard last.
let asked = ""; // A typed question without an answer.
let onFinished = () => {};

// What Marvin reports

const events = {
  state_changed: ({ after, cause }) => {
    state(after, muted && after === "idle" ? "Muted" : STATES[after]);
    if (after !== "listening") conversation.partlyHeard("", 0);
    listenOn(after === "listening" && UNCALLED.has(cause));
  },
  partly_heard: ({ text, stable }) => conversation.partlyHeard(text, stable),
  heard: ({ text, speaker }) => conversation.heard(text, speaker),
  replied: ({ text }) => {
    asked = "";
    conversation.replied(text);
  },
  answered: ({ text }) => {
    asked = "";
    if (text) conversation.replied(text);
    conversation.over();
  },
  wake_word_heard: () => {
    woken = true;
  },
  finished: () => {
    onFinished();
    onFinished = () => {};
  },
  turn_finished: (turn) => conversation.finished(turn),
  turn_failed: ({ message }) => conversation.failed(message),
  problem: ({ message }) => {
    asked = "";
    problem(message);
  },
  audio_lost: ({ seconds }) => problem(`Marvin is busy and missed ${seconds.toFixed(1)} s.`),
  near_miss: ({ score }) => {
    $("wake-figures").textContent = `Nearly woke, at ${score.toFixed(2)}.`;
  },
  wake_score: ({ score, verified }) => wakeLine.add(score, verified),
  flush: () => player.flush(),
  volume: ({ volume }) => showVolume(volume),
  muted: ({ muted: now }) => showMuted(now),
  answered_elsewhere: ({ room }) => {
    $("wake-figures").textContent = `${room || "Another room"} hears you better and answers.`;
  },
  agenda: (shown) => agenda.show(shown),
};

function ready({ wake_word: word, threshold, candidate, volume }) {
  problem("");
  $("enter-key").hidden = true;
  state("idle", STATES.idle);
  $("wake-word").textContent = word;
  if (threshold !== null) wakeLine.thresholds(threshold, candidate);
  showVolume(volume);
  if (muted) connection.send("mute", true);
  $("room").value = localStorage.getItem(ROOM) ?? "";
  if ($("room").value) connection.send("room", $("room").value);
  if ($("wake").open) connection.send("scores", true);
}

function lost(why) {
  state("off", "Not connected");
  player.flush();
  conversation.over();
  conversation.partlyHeard("", 0);
  const again = asked !== "" && $("question").value === "";
  if (again) $("question").value = asked;
  asked = "";
  problem(again ? `${why} Your question was not answered: ask it again.` : why);
}

function keyNeeded(why) {
  state("off", "Not connected");
  $("enter-key").hidden = false;
  if (hasKey()) $("key-why").textContent = why;
  if (!$("key-dialog").open) $("key-dialog").showModal();
}

function state(name, text) {
  $("state").dataset.state = name;
  $("state").textContent = text;
}

function problem(text) {
  $("problem").textContent = text;
  $("problem").hidden = text === "";
}

function showVolume(volume) {
  const percent = Math.round(100 * volume);
  player.setVolume(volume);
  $("volume").value = percent;
  $("volume-shown").textContent = `${percent} %`;
}

function showMuted(now) {
  muted = now;
  $("mute").setAttribute("aria-pressed", String(now));
  if ($("state").dataset.state === "idle") state("idle", now ? "Muted" : STATES.idle);
}

// What the user does

async function openMicrophone() {
  try {
    await microphone.start();
    problem("");
    return true;
  } catch (error) {
    problem(error.message);
    return false;
  }
}

async function talk() {
  if (talking || $("talk").disabled) return;
  talking = true;
  $("talk").setAttribute("aria-pressed", "true");
  if (muted) connection.send("mute", false);
  if (!(await openMicrophone())) {
    talking = false;
    $("talk").setAttribute("aria-pressed", "false");
    return;
  }
  // It may have been released while the browser asked for permission.
  if (talking) connection.send("listen");
  else if (!handsFree) microphone.stop();
}

function endTalk() {
  if (!talking) return;
  talking = false;
  $("talk").setAttribute("aria-pressed", "false");
  if (!handsFree) microphone.stop();
  connection.send("finish");
}

function holdToTalk(button) {
  let clicked = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    clicked = true;
    button.setPointerCapture(event.pointerId);
    talk();
  });
  for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, endTalk);
  button.addEventListener("keydown", (event) => {
    if ((event.key !== " " && event.key !== "Enter") || event.repeat) return;
    event.preventDefault();
    talk();
  });
  button.addEventListener("keyup", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    endTalk();
  });
  // A screen reader presses without pointer or key: once to begin, once to end.
  button.addEventListener("click", () => {
    if (!clicked) talking ? endTalk() : talk();
    clicked = false;
  });
  button.addEventListener("blur", endTalk);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

// Marvin has asked something: the answer needs no button where the question was spoken.
function listenOn(expected) {
  if (handsFree || talking) return;
  if (expected && microphone.open) microphone.start();
  else if (expected) connection.send("finish");
  else if (answering) microphone.stop();
  answering = expected && microphone.open;
}

async function toggleHandsFree() {
  handsFree = !handsFree;
  if (handsFree) handsFree = await openMicrophone();
  else microphone.stop();
  $("hands-free").setAttribute("aria-pressed", String(handsFree));
}

async function askByRecording(file) {
  let blocks;
  try {
    blocks = await recording(file);
  } catch (error) {
    problem(error.message);
    return;
  }
  problem("");
  // Two at once would be heard as one.
  if (handsFree) await toggleHandsFree();
  if (muted) connection.send("mute", false);
  connection.send("stop");
  // It may begin with the wake word. If not, it is one question from the beginning.
  if (!(await wakes(blocks))) {
    connection.send("listen");
    hear(blocks);
  }
}

function hear(blocks) {
  for (const block of blocks) connection.sendAudio(block);
  connection.send("finish");
}

function wakes(blocks) {
  woken = false;
  return new Promise((resolve) => {
    onFinished = () => resolve(woken);
    hear(blocks);
  });
}

function ask(event) {
  event.preventDefault();
  const text = $("question").value.trim();
  if (text === "") return;
  if (!connection.open) {
    problem("Marvin is not connected, so your question is kept here: ask it again.");
    return;
  }
  asked = text;
  conversation.typed(text);
  connection.send($("aloud").checked ? "ask_aloud" : "ask", text);
  $("question").value = "";
}

// `like this`
function withCode(line, text) {
  const pieces = text.split("`").map((piece, at) => (at % 2 ? element("code", piece) : piece));
  line.append(...pieces);
  return line;
}

async function showSettings() {
  const { settings: shown } = await settings();
  const lines = shown.flatMap(({ key, value, meaning }) => {
    const what = element("dd");
    what.append(element("code", value));
    return [element("dt", key), what, withCode(element("dd", "", "note"), meaning)];
  });
  $("settings-shown").replaceChildren(...lines);
}

function dropFiles(target) {
  const over = (is) => (event) => {
    event.preventDefault();
    target.classList.toggle("drop", is);
  };
  target.addEventListener("dragover", over(true));
  target.addEventListener("dragleave", over(false));
  target.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) askByRecording(event.dataTransfer.files[0]);
  });
}

holdToTalk($("talk"));
dropFiles(document.querySelector("main"));
$("hands-free").addEventListener("click", toggleHandsFree);
$("stop").addEventListener("click", () => connection.send("stop"));
$("mute").addEventListener("click", () => connection.send("mute", !muted));
$("volume").addEventListener("input", ({ target }) => connection.send("volume", target.value / 100));
$("room").addEventListener("change", ({ target }) => {
  const name = target.value.trim();
  localStorage.setItem(ROOM, name);
  if (name) connection.send("room", name);
});
$("form").addEventListener("submit", ask);
$("choose").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", ({ target }) => {
  if (target.files.length) askByRecording(target.files[0]);
  target.value = "";
});
$("wake").addEventListener("toggle", ({ target }) => {
  connection.send("scores", target.open);
  if (target.open) wakeLine.draw(performance.now() / 1000);
});
$("settings").addEventListener("toggle", ({ target }) => {
  if (target.open) showSettings().catch((error) => problem(error.message));
});
$("agenda").addEventListener("toggle", ({ target }) => {
  if (target.open) connection.send("agenda");
});
$("enter-key").addEventListener("click", () => $("key-dialog").showModal());
$("key-form").addEventListener("submit", () => {
  keepKey($("key").value);
  $("key").value = "";
  connection.connect();
});
for (const gesture of ["pointerdown", "keydown"]) {
  document.addEventListener(gesture, () => player.allow(), { capture: true });
}
if (microphoneProblem()) {
  for (const id of ["talk", "hands-free"]) $(id).disabled = true;
  $("microphone-note").textContent = microphoneProblem();
  $("microphone-note").hidden = false;
}
connection.connect();
