// The sheet: takes strokes from a pointer, and shows a drawing and the boxes of its digits.

import { ASPECT, paintStrokes } from "./drawing.js";

// Factors of the pen width for the lightest and the strongest pressure.
const PRESSURE = [0.6, 1.5];

export class Sheet {
  #sheet = document.getElementById("sheet");
  #boxes = document.getElementById("boxes");
  #frame = document.getElementById("frame");
  #drawing;
  #found = null;
  #stroke = null;
  #pointer = null;
  #due = 0;

  // begin() returns the drawing to write on; change(strokes) is called after every movement, and
  // end(strokes) after every stroke.
  constructor({ drawing, penWidth, begin, change, end }) {
    this.#drawing = drawing;
    this.penWidth = penWidth;
    this.on = { begin, change, end };
    const listen = (kind, heard) => this.#sheet.addEventListener(kind, heard);
    listen("pointerdown", (event) => this.#down(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#up(event));
    listen("pointercancel", (event) => this.#cancel(event));
    listen("contextmenu", (event) => this.#stroke && event.preventDefault());
    new ResizeObserver(() => this.#paintSoon()).observe(this.#sheet);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.#paintSoon());
    }
  }

  get isWriting() {
    return this.#stroke !== null;
  }

  show(drawing) {
    this.#drawing = drawing;
    this.#found = null;
    this.#paintSoon();
  }

  // Boxes in pixels of a picture of the given size, each with a label.
  showBoxes(found) {
    this.#found = found;
    this.#paintSoon();
  }

  focus() {
    this.#sheet.focus();
  }

  #down(event) {
    if (this.#stroke !== null || event.button !== 0) return;
    this.#drawing = this.on.begin();
    this.#pointer = event.pointerId;
    this.#sheet.setPointerCapture(event.pointerId);
    this.#stroke = [];
    this.#take([event]);
  }

  #move(event) {
    if (this.#stroke === null || event.pointerId !== this.#pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    this.#take(passed.length ? passed : [event]);
  }

  #up(event) {
    if (this.#stroke === null || event.pointerId !== this.#pointer) return;
    const strokes = this.#strokes();
    this.#stroke = null;
    this.on.end(strokes);
  }

  // The browser cancelled the pointer because of a palm or a system gesture.
  #cancel(event) {
    if (this.#stroke === null || event.pointerId !== this.#pointer) return;
    this.#stroke = null;
    this.on.end(this.#drawing.strokes);
  }

  #take(events) {
    const { left, top, height } = this.#sheet.getBoundingClientRect();
    for (const event of events) {
      const [low, high] = PRESSURE;
      const presses = event.pointerType === "pen" && event.pressure > 0;
      const factor = presses ? low + (high - low) * event.pressure : 1;
      this.#stroke.push([
        (event.clientX - left) / height,
        (event.clientY - top) / height,
        this.penWidth() * factor,
      ]);
    }
    this.#paintSoon();
    this.on.change(this.#strokes());
  }

  #strokes() {
    return this.#stroke ? [...this.#drawing.strokes, this.#stroke] : this.#drawing.strokes;
  }

  #paintSoon() {
    this.#due ||= requestAnimationFrame(() => {
      this.#due = 0;
      this.#paint();
    });
  }

  #paint() {
    const { picture } = this.#drawing;
    const strokes = this.#strokes();
    this.#frame.classList.toggle("used", strokes.length > 0 || picture?.preview != null);
    const [context, height] = clean(this.#sheet);
    if (picture?.preview) {
      const [x, y, width, high] = place(picture.preview, height);
      context.drawImage(picture.preview, x, y, width, high);
    }
    paintStrokes(context, strokes, height, getComputedStyle(this.#sheet).color);
    this.#paintBoxes();
  }

  #paintBoxes() {
    const [context, height] = clean(this.#boxes);
    if (!this.#found) return;
    const [left, up, width] = place(this.#found, height);
    const scale = width / this.#found.width;
    const { color: ofDigits } = getComputedStyle(this.#boxes);
    const quiet = getComputedStyle(this.#boxes).getPropertyValue("--quiet");
    const { backgroundColor } = getComputedStyle(this.#frame);
    const size = Math.max(12 * devicePixelRatio, height * 0.035);
    const [thin, thick] = [1.5 * devicePixelRatio, 4.5 * devicePixelRatio];
    context.lineJoin = "round";
    context.textAlign = "center";
    for (const { box, label, left_out: leftOut } of this.#found.boxes) {
      const color = leftOut ? quiet : ofDigits;
      const [top, from, bottom, to] = box.map((side) => side * scale);
      const margin = 3 * devicePixelRatio;
      const edges = [left + from - margin, up + top - margin];
      const sides = [to - from + 2 * margin, bottom - top + 2 * margin];
      // Above its box, or inside if there is no space above.
      const above = edges[1] > 1.3 * size ? -0.35 * size : size;
      const middle = [edges[0] + sides[0] / 2, edges[1] + above];
      context.beginPath();
      context.roundRect(...edges, ...sides, 2 * margin);
      // One of the two colours is visible on a photograph of any brightness.
      for (const [width, stroke] of [[thick, backgroundColor], [thin, color]]) {
        context.lineWidth = width;
        context.strokeStyle = stroke;
        context.setLineDash(leftOut && width === thin ? [4 * thin, 3 * thin] : []);
        context.stroke();
      }
      context.setLineDash([]);
      // A reason has several words, and its box may be narrow.
      context.font = `${leftOut ? 400 : 600} ${(leftOut ? 0.75 : 1) * size}px system-ui, sans-serif`;
      context.fillStyle = color;
      context.lineWidth = thick;
      context.strokeStyle = backgroundColor;
      context.strokeText(leftOut ?? label, ...middle);
      context.fillText(leftOut ?? label, ...middle);
    }
  }
}

// Match the pixels of a canvas to the screen, clear it, and return its context and height.
function clean(canvas) {
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  return [context, height];
}

// The largest place for a picture in the middle of the sheet: left, top, width, height.
function place(picture, height) {
  const scale = Math.min((height * ASPECT) / picture.width, height / picture.height);
  const [width, high] = [picture.width * scale, picture.height * scale];
  return [(height * ASPECT - width) / 2, (height - high) / 2, width, high];
}
