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

const READ_HEIGHT = 360;

// The pixels that are read: black on white, whatever the colours of the page.
export function rasterise(strokes) {
  const canvas = document.createElement("canvas");
  canvas.height = READ_HEIGHT;
  canvas.width = READ_HEIGHT * ASPECT;
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  paintStrokes(context, strokes, READ_HEIGHT, "#000");
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
