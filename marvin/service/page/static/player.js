// Plays Marvin's voice without gaps and reports what has been played. Positions are frames at the
// rate of the audio context, so that blocks join exactly.

const LEAD_S = 0.08; // Before the first block, for those after it that are late.
const FADE_S = 0.01;

export class Player {
  constructor(rate, onPlayed) {
    this.rate = rate;
    this.onPlayed = onPlayed;
    this.context = null;
    this.out = null;
    this.volume = 1;
    this.next = 0; // Frame at which the next block starts.
    this.playing = new Set();
  }

  get audible() {
    return this.context?.state === "running";
  }

  // Browsers allow sound only after the user has done something.
  async allow() {
    if (this.context === null) {
      this.context = new AudioContext({ sampleRate: this.rate });
      this.#open();
    }
    if (this.context.state !== "running") await this.context.resume();
  }

  play(position, samples) {
    const end = position + samples.length;
    if (!this.audible) {
      this.#passSilently(end, samples.length);
      return;
    }
    const buffer = this.context.createBuffer(1, samples.length, this.rate);
    buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.out);
    const soonest = Math.ceil((this.context.currentTime + LEAD_S) * this.rate);
    const start = this.next > this.context.currentTime * this.rate ? this.next : soonest;
    this.next = start + samples.length;
    const stop = () => source.stop();
    this.playing.add(stop);
    source.onended = () => {
      if (this.playing.delete(stop)) this.onPlayed(end);
    };
    source.start(start / this.rate);
  }

  // Drop what has not been played, without a click.
  flush() {
    const stops = [...this.playing];
    this.playing.clear();
    this.next = 0;
    if (this.out === null) {
      for (const stop of stops) stop();
      return;
    }
    const old = this.out;
    const now = this.context.currentTime;
    old.gain.setValueAtTime(this.volume, now);
    old.gain.linearRampToValueAtTime(0, now + FADE_S);
    setTimeout(() => {
      for (const stop of stops) stop();
      old.disconnect();
    }, 50);
    this.#open();
  }

  setVolume(volume) {
    this.volume = volume;
    this.out?.gain.setTargetAtTime(volume, this.context.currentTime, FADE_S);
  }

  #open() {
    this.out = new GainNode(this.context, { gain: this.volume });
    this.out.connect(this.context.destination);
  }

  // It takes as long as if it were heard.
  #passSilently(end, length) {
    const now = (performance.now() / 1000) * this.rate;
    this.next = Math.max(this.next, now) + length;
    const timer = setTimeout(() => {
      if (this.playing.delete(stop)) this.onPlayed(end);
    }, (1000 * (this.next - now)) / this.rate);
    const stop = () => clearTimeout(timer);
    this.playing.add(stop);
  }
}
