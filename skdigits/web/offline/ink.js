// Ink as numbers from 0 to 1, and the pieces that it makes. An image is { width, height, data }.

// What has at least this share of full ink is solid.
export const SOLID = 0.5;
// What fills this share of a side of an image lies along its edge.
const ALONG = 0.9;
// Writing has at least this share of the ink; what touches the edge beside it is left out.
const MAIN = 0.5;
// One in so many inked pixels may be darker than the pen.
const OUTLIERS = 10;
// Images up to this side are made of few pixels, and all of them count.
const LEAST_SIDE = 32;
const FAINT = 0.12;

export const makeImage = (width, height, data = new Float32Array(width * height)) => ({ width, height, data });

export const hasInk = ({ data }) => data.some((value) => value > 0);

export const sum = (values) => values.reduce((total, value) => total + value, 0);

// Part of an image; a box is [top, left, bottom, right], the latter two just outside.
export function cutOut(image, box, margin = 0) {
  const [top, left] = [Math.max(box[0] - margin, 0), Math.max(box[1] - margin, 0)];
  const [bottom, right] = [Math.min(box[2] + margin, image.height), Math.min(box[3] + margin, image.width)];
  const part = makeImage(right - left, bottom - top);
  for (let row = top; row < bottom; row++) {
    const start = row * image.width;
    part.data.set(image.data.subarray(start + left, start + right), (row - top) * part.width);
  }
  return part;
}

// The means of blocks of pixels.
export function shrink(image, factor) {
  if (factor === 1) return image;
  const small = makeImage(Math.floor(image.width / factor), Math.floor(image.height / factor));
  for (let row = 0; row < small.height * factor; row++) {
    const to = Math.floor(row / factor) * small.width;
    for (let column = 0; column < small.width * factor; column++) {
      small.data[to + Math.floor(column / factor)] += image.data[row * image.width + column];
    }
  }
  return { ...small, data: small.data.map((total) => total / factor ** 2) };
}

// Ink of a drawing on a ground of one value: full ink is that of most of its pixels.
export function measureInk({ width, height, data }) {
  const low = data.reduce((least, value) => Math.min(least, value), Infinity);
  const high = data.reduce((most, value) => Math.max(most, value), -Infinity);
  const span = high - low || 1;
  const ink = makeImage(width, height, data.map((value) => (value - low) / span));
  if (Math.max(width, height) < LEAST_SIDE) return ink;
  const inked = ink.data.filter((value) => value > 0).sort();
  const full = Math.max(inked.at(-1 - Math.floor(inked.length / OUTLIERS)) ?? 1, FAINT);
  return { ...ink, data: ink.data.map((value) => Math.min(value / full, 1)) };
}

// Ink that is connected, side by side or corner to corner. Fainter ink, down to a share, connects
// solid ink and is part of a piece.
export function findPieces({ width, height, data }, faintest = SOLID) {
  const labels = new Int32Array(data.length);
  const pieces = { width, height, labels, boxes: [], areas: [] };
  const isSeen = new Uint8Array(data.length);
  for (let first = 0; first < data.length; first++) {
    if (isSeen[first] || data[first] <= faintest) continue;
    isSeen[first] = 1;
    const members = [first];
    const box = [height, width, 0, 0];
    let isSolid = false;
    for (let next = 0; next < members.length; next++) {
      const place = members[next];
      const [row, column] = [Math.floor(place / width), place % width];
      isSolid ||= data[place] > SOLID;
      box[0] = Math.min(box[0], row);
      box[1] = Math.min(box[1], column);
      box[2] = Math.max(box[2], row + 1);
      box[3] = Math.max(box[3], column + 1);
      for (let y = Math.max(row - 1, 0); y < Math.min(row + 2, height); y++) {
        for (let x = Math.max(column - 1, 0); x < Math.min(column + 2, width); x++) {
          const beside = y * width + x;
          if (isSeen[beside] || data[beside] <= faintest) continue;
          isSeen[beside] = 1;
          members.push(beside);
        }
      }
    }
    if (!isSolid) continue;
    pieces.boxes.push(box);
    pieces.areas.push(members.length);
    for (const place of members) labels[place] = pieces.boxes.length;
  }
  return pieces;
}

export const sidesOf = ([top, left, bottom, right]) => [bottom - top, right - left];

export const longer = (box) => Math.max(...sidesOf(box));

export function boxAround(boxes) {
  const [first, ...others] = boxes;
  return others.reduce(
    (box, other) => [
      Math.min(box[0], other[0]),
      Math.min(box[1], other[1]),
      Math.max(box[2], other[2]),
      Math.max(box[3], other[3]),
    ],
    first,
  );
}

// The pixels of some pieces, given as a list of booleans.
export function maskOf({ labels }, isChosen) {
  const mask = new Uint8Array(labels.length);
  for (let place = 0; place < mask.length; place++) {
    if (labels[place] && isChosen[labels[place] - 1]) mask[place] = 1;
  }
  return mask;
}

// Which pixels are at most so many steps to a side away from a mask.
export function dilate(mask, width, height, steps) {
  const distance = new Uint16Array(mask.length);
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      let away = mask[place] ? 0 : steps + 1;
      if (column && distance[place - 1] < away) away = distance[place - 1] + 1;
      if (row && distance[place - width] < away) away = distance[place - width] + 1;
      distance[place] = away;
    }
  }
  const near = new Uint8Array(mask.length);
  for (let row = height - 1, place = mask.length - 1; row >= 0; row--) {
    for (let column = width - 1; column >= 0; column--, place--) {
      let away = distance[place];
      if (column < width - 1 && distance[place + 1] < away) away = distance[place + 1] + 1;
      if (row < height - 1 && distance[place + width] < away) away = distance[place + width] + 1;
      distance[place] = away;
      near[place] = away <= steps;
    }
  }
  return near;
}

// Which pixels are in a square of so many pixels around a pixel of a mask.
export function dilateSquare(mask, width, height, reach) {
  const across = new Uint8Array(mask.length);
  const both = new Uint8Array(mask.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!mask[row * width + column]) continue;
      const start = row * width + Math.max(column - reach, 0);
      across.fill(1, start, row * width + Math.min(column + reach + 1, width));
    }
  }
  for (let row = 0; row < height; row++) {
    for (let y = Math.max(row - reach, 0); y < Math.min(row + reach + 1, height); y++) {
      for (let column = 0; column < width; column++) both[row * width + column] |= across[y * width + column];
    }
  }
  return both;
}

// The distance of each pixel to the nearest one of a mask (P. Felzenszwalb and D. Huttenlocher,
// "Distance transforms of sampled functions", 2012).
export function distanceTo(mask, width, height) {
  const squares = new Float64Array(mask.length).map((_, place) => (mask[place] ? 0 : Infinity));
  for (let column = 0; column < width; column++) nearest(squares, column, width, height);
  for (let row = 0; row < height; row++) nearest(squares, row * width, 1, width);
  return squares.map(Math.sqrt);
}

// Replace a line of values by the lower envelope of the parabolas on them.
function nearest(values, start, step, n) {
  const line = Float64Array.from({ length: n }, (_, i) => values[start + i * step]);
  const [feet, from] = [[], []];
  for (let i = 0; i < n; i++) {
    if (line[i] === Infinity) continue;
    let meets = -Infinity;
    while (feet.length) {
      const last = feet.at(-1);
      meets = (line[i] + i * i - line[last] - last * last) / (2 * (i - last));
      if (meets > from.at(-1)) break;
      feet.pop();
      from.pop();
      meets = -Infinity;
    }
    feet.push(i);
    from.push(meets);
  }
  if (!feet.length) return;
  for (let i = 0, k = 0; i < n; i++) {
    while (k + 1 < feet.length && from[k + 1] < i) k++;
    values[start + i * step] = (i - feet[k]) ** 2 + line[feet[k]];
  }
}

// Which pieces are at most so many pixels away from some of them.
export function beside(pieces, isChosen, gap) {
  const near = dilateSquare(maskOf(pieces, isChosen), pieces.width, pieces.height, gap);
  const found = pieces.boxes.map(() => false);
  pieces.labels.forEach((number, place) => {
    if (number && near[place]) found[number - 1] = true;
  });
  return found;
}

// Weights of pieces, 0 for those at the edge that the writing does not touch: the writing is
// the heaviest piece that does not touch the edge, or all those that do not.
export function withoutEdge(pieces, weights, { leastSide, isOnePiece = false, tight = Infinity, gap = 0 }) {
  const { width, height, boxes } = pieces;
  const { touching, along } = atEdge(pieces);
  let free = [...boxes.keys()].filter((piece) => !touching[piece]);
  if (!free.length) return weights;
  if (isOnePiece) free = [free.reduce((best, piece) => (weights[piece] > weights[best] ? piece : best))];
  if (Math.max(...free.map((piece) => longer(boxes[piece]))) >= leastSide * Math.max(width, height)) {
    weights = weights.map((weight, piece) => (along[piece] ? 0 : weight));
  }
  const total = (some) => (isOnePiece ? Math.max(...some) : sum(some));
  const isWriting = total(free.map((piece) => weights[piece])) >= MAIN * total(weights);
  const share = Math.max(...free.flatMap((piece) => shares(boxes[piece], pieces)));
  if (!isWriting || share >= tight) return weights;
  const writing = boxes.map((_, piece) => free.includes(piece));
  const isBeside = gap ? beside(pieces, writing, gap) : boxes.map(() => false);
  return weights.map((weight, piece) => (touching[piece] && !isBeside[piece] ? 0 : weight));
}

export const shares = (box, { width, height }) => [sidesOf(box)[0] / height, sidesOf(box)[1] / width];

// Which pieces touch the edge of the image, and which fill a side of it.
function atEdge({ width, height, labels, boxes }) {
  const touching = boxes.map(() => false);
  const along = boxes.map(() => false);
  const lines = [
    [0, 1, width],
    [(height - 1) * width, 1, width],
    [0, width, height],
    [width - 1, width, height],
  ];
  for (const [start, step, n] of lines) {
    const lengths = boxes.map(() => 0);
    for (let i = 0; i < n; i++) {
      const number = labels[start + i * step];
      if (number) lengths[number - 1]++;
    }
    lengths.forEach((length, piece) => {
      touching[piece] ||= length > 0;
      along[piece] ||= length >= ALONG * n;
    });
  }
  return { touching, along };
}

// By how much ink changes from each pixel to the next.
export function outlineSteps({ width, height, data }) {
  const at = (row, column) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : data[row * width + column];
  const steps = new Float32Array((width + 1) * (height + 1));
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column <= width; column++) {
      const here = at(row - 1, column - 1);
      const [down, across] = [at(row, column - 1) - here, at(row - 1, column) - here];
      steps[row * (width + 1) + column] = Math.hypot(down, across);
    }
  }
  return steps;
}
