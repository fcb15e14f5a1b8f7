// The drawing on the sheet and its history. Drawings are never modified.
// Lengths are fractions of the sheet's height; strokes are lists of [x, y, width].

export const ASPECT = 4 / 3;
const KEPT = 200;

export const BLANK = Object.freeze({ strokes: [], picture: null });

export const isBlank = (drawing) => drawing.strokes.length === 0 && drawing.picture === null;

export class History {
  #drawings = [BLANK];
  #now = 0;

  get drawing() {
    return this.#drawings[this.#now];
  }

  get canUndo() {
    return this.#now > 0;
  }

  get canRedo() {
    return this.#now < this.#drawings.length - 1;
  }

  add(drawing) {
    this.#drawings = [...this.#drawings.slice(0, this.#now + 1), drawing].slice(-KEPT);
    this.#now = this.#drawings.length - 1;
  }

  undo() {
    this.#now -= this.canUndo ? 1 : 0;
  }

  redo() {
    this.#now += this.canRedo ? 1 : 0;
  }
}

// Curves through the middles of the segments give strokes without corners.
export function paintStrokes(context, strokes, height, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    const points = stroke.map(([x, y, width]) => [x * height, y * height, width * height]);
    if (points.length === 1) {
      const [x, y, width] = points[0];
      context.beginPath();
      context.arc(x, y, width / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    let [fromX, fromY] = points[0];
    for (let i = 1; i < points.length; i++) {
      const [x, y, width] = points[i];
      const last = i === points.length - 1;
      const [toX, toY] = last ? [x, y] : [(x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2];
      context.lineWidth = (width + points[i - 1][2]) / 2;
      context.beginPath();
      context.moveTo(fromX, fromY);
      context.quadraticCurveTo(x, y, toX, toY);
      context.stroke();
      [fromX, fromY] = [toX, toY];
    }
  }
}

const SENT_HEIGHT = 360;
const GREYS = 256;
const HEAD = 54 + 4 * GREYS;

// The strokes as a picture file: black on white, whatever the colours of the page. It is a BMP with
// one byte per pixel, because browsers delay encoding a PNG until they are idle.
export function toFile(strokes) {
  const canvas = document.createElement("canvas");
  canvas.height = SENT_HEIGHT;
  canvas.width = SENT_HEIGHT * ASPECT;
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  paintStrokes(context, strokes, SENT_HEIGHT, "#000");
  return new Blob([toBMP(context.getImageData(0, 0, canvas.width, canvas.height))]);
}

// Widths are a multiple of 4, so that rows need no padding.
function toBMP({ width, height, data }) {
  const bytes = new Uint8Array(HEAD + width * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEAD, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // rows from the top
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  view.setUint32(46, GREYS, true);
  for (let grey = 0; grey < GREYS; grey++) bytes.fill(grey, 54 + 4 * grey, 57 + 4 * grey);
  for (let i = 0; i < width * height; i++) bytes[HEAD + i] = data[4 * i];
  return bytes;
}
