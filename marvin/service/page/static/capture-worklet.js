// Turns what the microphone hears, at whatever rate, into blocks of 640 samples at 16 kHz.

const RATE = 16000;
const BLOCK = 640;
const ZEROS = 12; // Of the filter's sinc on each side.

// A low-pass filter, sampled finely on one side: what is above 8 kHz must not fold down.
function filter(step, fine) {
  const cutoff = Math.min(1, 1 / step) * 0.92;
  const reach = Math.ceil(ZEROS / cutoff);
  const taps = new Float32Array(reach * fine + 2);
  for (let i = 0; i <= reach * fine; i += 1) {
    const at = i / fine;
    const x = Math.PI * at * cutoff;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * at) / reach);
    taps[i] = cutoff * sinc * window;
  }
  return { reach, taps };
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.fine = 64;
    Object.assign(this, filter(this.step, this.fine));
    this.held = new Float32Array(4 * this.reach + 8192);
    this.count = 2 * this.reach; // Silence before the first sample.
    this.at = this.reach; // Of the next output sample, in input samples of `held`.
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
  }

  process([channels]) {
    if (channels.length === 0) return true;
    const length = channels[0].length;
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.held[this.count + i] = sum / channels.length;
    }
    this.count += length;
    while (this.at + this.reach < this.count) {
      this.#append(this.#sample(this.at));
      this.at += this.step;
    }
    const over = Math.floor(this.at) - this.reach;
    if (over > 4096) {
      this.held.copyWithin(0, over, this.count);
      this.count -= over;
      this.at -= over;
    }
    return true;
  }

  #sample(at) {
    let sum = 0;
    const last = Math.floor(at + this.reach);
    for (let i = Math.ceil(at - this.reach); i <= last; i += 1) {
      const place = Math.abs(at - i) * this.fine;
      const low = Math.floor(place);
      const share = place - low;
      sum += this.held[i] * (this.taps[low] * (1 - share) + this.taps[low + 1] * share);
    }
    return sum;
  }

  #append(sample) {
    this.block[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
    this.filled += 1;
    if (this.filled === BLOCK) {
      this.port.postMessage(this.block.slice());
      this.filled = 0;
    }
  }
}

registerProcessor("capture", Capture);
