// The wake word's score as a moving line, with the thresholds and the results of verification.

const SHOWN_S = 30;

export class WakeLine {
  constructor(canvas, figures) {
    this.canvas = canvas;
    this.figures = figures;
    this.points = [];
    this.verified = [];
    this.threshold = 0.5;
    this.candidate = null;
    this.told = 0;
  }

  thresholds(threshold, candidate) {
    this.threshold = threshold;
    this.candidate = candidate;
  }

  add(score, verified, now = performance.now() / 1000) {
    this.points.push({ at: now, score });
    if (verified !== null) this.verified.push({ at: now, score: verified });
    const old = ({ at }) => at < now - SHOWN_S;
    while (this.points.length && old(this.points[0])) this.points.shift();
    while (this.verified.length && old(this.verified[0])) this.verified.shift();
    this.draw(now);
    if (now - this.told >= 1) this.#tell(now, score);
  }

  #tell(now, score) {
    this.told = now;
    const highest = Math.max(...this.points.map((point) => point.score));
    const last = this.verified.at(-1);
    const result = last
      ? `; last verified at ${last.score.toFixed(2)}, `
        + (last.score >= this.threshold ? "which wakes" : "which does not wake")
      : "";
    const text = `Score ${score.toFixed(2)}, highest of the last ${SHOWN_S} s `
      + `${highest.toFixed(2)}${result}; threshold ${this.threshold.toFixed(2)}.`;
    this.figures.textContent = text;
    this.canvas.setAttribute("aria-label", text);
  }

  draw(now) {
    const { width, height } = this.canvas;
    const drawing = this.canvas.getContext("2d");
    const colour = (name) => getComputedStyle(this.canvas).getPropertyValue(name);
    const x = (at) => width * (1 - (now - at) / SHOWN_S);
    const y = (score) => height - 8 - (height - 16) * score;
    drawing.clearRect(0, 0, width, height);
    const across = (score, dash, style) => {
      drawing.setLineDash(dash);
      drawing.strokeStyle = colour(style);
      drawing.beginPath();
      drawing.moveTo(0, y(score));
      drawing.lineTo(width, y(score));
      drawing.stroke();
    };
    drawing.lineWidth = 2;
    across(this.threshold, [], "--warning");
    if (this.candidate !== null) across(this.candidate, [6, 6], "--edge");
    drawing.setLineDash([]);
    drawing.strokeStyle = colour("--accent");
    drawing.beginPath();
    for (const point of this.points) drawing.lineTo(x(point.at), y(point.score));
    drawing.stroke();
    drawing.fillStyle = colour("--text");
    for (const point of this.verified) {
      drawing.beginPath();
      drawing.arc(x(point.at), y(point.score), 6, 0, 2 * Math.PI);
      drawing.fill();
    }
    drawing.fillStyle = colour("--soft");
    drawing.font = "20px system-ui, sans-serif";
    drawing.fillText("threshold", 8, y(this.threshold) - 8);
    if (this.candidate !== null) drawing.fillText("is verified", 8, y(this.candidate) - 8);
  }
}
