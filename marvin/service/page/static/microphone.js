// The microphone of this device, and recordings in its place: both as blocks of 640 samples at
// 16 kHz.

const RATE = 16000;
const BLOCK = 640;
const LONGEST_S = 18;
const LARGEST_BYTES = 20e6;
const KEPT_OPEN_MS = 30000; // The next words are not cut off by a device that is being opened.

export function microphoneProblem() {
  if (!window.isSecureContext) {
    return "Browsers give the microphone only to pages from this machine itself or by HTTPS:"
      + " see docs/page.md. Typing and recordings work.";
  }
  return navigator.mediaDevices?.getUserMedia ? "" : "This browser has no microphone.";
}

export class Microphone {
  constructor(onBlock) {
    this.onBlock = onBlock;
    this.sending = false;
    this.opening = null;
    this.closing = 0;
  }

  // The device may be open without being heard.
  get open() {
    return this.opening !== null;
  }

  // Resolves once it hears; throws with a text for the user.
  async start() {
    clearTimeout(this.closing);
    this.sending = true;
    this.opening ??= this.#open();
    try {
      await this.opening;
    } catch (error) {
      this.opening = null;
      this.sending = false;
      throw new Error(explained(error), { cause: error });
    }
  }

  stop() {
    this.sending = false;
    clearTimeout(this.closing);
    this.closing = setTimeout(() => this.#close(), KEPT_OPEN_MS);
  }

  async #open() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false,
        autoGainControl: true },
    });
    const context = new AudioContext();
    await context.audioWorklet.addModule("/page/capture-worklet.js");
    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => {
      if (this.sending) this.onBlock(data);
    };
    context.createMediaStreamSource(stream).connect(capture);
    await context.resume();
    // Unplugged, or taken away in the browser's settings.
    stream.getTracks()[0].onended = () => this.#close();
    return { stream, context };
  }

  async #close() {
    const opened = this.opening;
    this.opening = null;
    if (opened === null) return;
    const { stream, context } = await opened;
    for (const track of stream.getTracks()) track.stop();
    await context.close();
  }
}

function explained(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The browser does not allow the microphone: allow it for this page, then try again.";
    case "NotFoundError":
      return "No microphone was found.";
    case "NotReadableError":
      return "The microphone cannot be opened: another program may hold it.";
    default:
      return `The microphone cannot be opened: ${error.message}`;
  }
}

// The blocks of an audio file; throws with a text for the user.
export async function recording(file) {
  if (file.size > LARGEST_BYTES) throw new Error(`${file.name} is larger than 20 MB.`);
  let decoded;
  try {
    const context = new OfflineAudioContext(1, 1, RATE);
    decoded = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is not a recording that this browser can read.`);
  }
  if (decoded.duration > LONGEST_S) {
    throw new Error(`${file.name} is longer than ${LONGEST_S} s: cut it.`);
  }
  const samples = new Int16Array(Math.ceil(decoded.length / BLOCK) * BLOCK);
  const channels = [...Array(decoded.numberOfChannels).keys()].map((one) => decoded.getChannelData(one));
  for (let i = 0; i < decoded.length; i += 1) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    samples[i] = Math.max(-32768, Math.min(32767, Math.round((sum / channels.length) * 32767)));
  }
  const blocks = [];
  for (let at = 0; at < samples.length; at += BLOCK) blocks.push(samples.slice(at, at + BLOCK));
  return blocks;
}
