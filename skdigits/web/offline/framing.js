// The digit of a drawing in 28 x 28 pixels, as skdigits.preprocessing.MNISTNormalizer frames it.
// The constants are those of skdigits/preprocessing/_digit.py and _framing.py.

import {
  SOLID,
  beside,
  boxAround,
  cutOut,
  dilate,
  distanceTo,
  findPieces,
  hasInk,
  longer,
  makeImage,
  maskOf,
  measureInk,
  outlineSteps,
  shares,
  shrink,
  sidesOf,
  sum,
  withoutEdge,
} from "./ink.js";

const SIDE = 28;
const INNER = 20;
const LEAST_INK = 10;
const SMALL_SIDE = 30;
const [LEAST_PIXELS, LEAST_IMAGE] = [8, 100];
const [LONGEST, LONGEST_AGAIN, NEAR_ENOUGH] = [256, 1024, 80];
const [LEAST_SIDE, LEAST_BESIDE, DIRT, TIGHT] = [0.02, 0.1, 0.04, 0.7];
const [LINK, LONGER, LOST, DARKER] = [0.15, 1.5, 0.05, 2];
const [MARGIN, REACH, LEAST_LINE, GAP] = [0.1, 0.15, 0.25, 0.04];
const [COARSE, LEAST_GAIN, HIGHEST_GAIN] = [1.5, 2, 4];
const [THINNEST, WIDEST, HAIRLINE] = [2, 3.2, 1.2];
const [STEP, SHARPEST] = [0.02, 0.9];

const clip = (value, low, high) => Math.min(Math.max(value, low), high);

// As NumPy rounds what lies half-way.
const roundToEven = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

// 28 x 28 bytes; null where there is no ink. Ink is brighter than its ground, on any scale.
export function frame(image) {
  const isSmall = Math.max(image.width, image.height) <= SMALL_SIDE;
  const ink = isSmall ? measureInk(image) : findDigit(image);
  const least = ink.data.length >= LEAST_IMAGE ? LEAST_PIXELS : 1;
  const inked = ink.data.filter((value) => value > 0);
  return inked.length >= least && inked.some((value) => value > SOLID) ? place(fit(ink)) : null;
}

// The ink of the digit alone, with solid strokes; in ever larger copies until there is ink.
function findDigit(image) {
  let longest = LONGEST;
  let digit = analyse(image, longest);
  while (!hasInk(digit) && longest < Math.min(Math.max(image.width, image.height), LONGEST_AGAIN)) {
    longest *= 2;
    digit = analyse(image, longest);
  }
  return digit;
}

function analyse(image, longest) {
  const factor = Math.min(
    Math.ceil(Math.max(image.width, image.height) / longest),
    image.width,
    image.height,
  );
  const { ink, box } = withoutDirt(measureInk(shrink(image, factor)));
  const side = longer(box);
  if (side === 0 || side < LEAST_SIDE * Math.max(ink.width, ink.height)) return makeImage(1, 1);
  if (factor > 1 && side < NEAR_ENOUGH) {
    const part = cutOut(image, box.map((end) => end * factor), Math.floor((side * factor) / 2));
    if (Math.max(part.width, part.height) <= LONGEST * (factor - 1)) return analyse(part, LONGEST);
  }
  return solidStrokes(cutOut(ink, box, reachOf(side)), side);
}

// How many pixels faint ink reaches around a digit.
const reachOf = (side) => Math.floor(side / INNER) + 1;

const gapOf = ({ width, height }) => Math.max(Math.floor(GAP * Math.min(width, height)), 1);

function withoutDirt(ink) {
  const { width, height, data } = ink;
  const { pieces, mass: all } = weighPieces(ink);
  const options = { leastSide: LEAST_BESIDE, isOnePiece: true, tight: TIGHT, gap: gapOf(ink) };
  let mass = withoutEdge(pieces, all, options);
  const isBorder = findBorders(pieces, mass);
  mass = mass.map((weight, piece) => (isBorder[piece] ? 0 : weight));
  const most = Math.max(0, ...mass);
  const kept = mass.map((weight) => weight >= DIRT * most && weight > 0);
  if (!kept.includes(true)) return { ink, box: [0, 0, 0, 0] };
  const box = boxAround(pieces.boxes.filter((_, piece) => kept[piece]));
  const digit = maskOf(pieces, kept);
  const reach = reachOf(longer(box));
  const alone = makeImage(width, height, data.map((value, place) => value * digit[place]));
  const gain = fallsApart(alone, reach, kept.filter(Boolean).length) ? DARKER : 1;
  // Fainter ink belongs to the digit only right beside it.
  const near = dilate(digit, width, height, reach);
  const rest = makeImage(
    width,
    height,
    data.map((value, place) =>
      near[place] && (digit[place] || !pieces.labels[place]) ? Math.min(gain * value, 1) : 0,
    ),
  );
  return { ink: rest, box: inkBox(rest, SOLID) };
}

// Whether the solid ink of a digit is in more pieces, or leaves out a part of it.
function fallsApart(digit, reach, nPieces) {
  const solid = findPieces(digit);
  const most = Math.max(...solid.areas);
  if (solid.areas.filter((area) => area >= DIRT * most).length > nPieces) return true;
  const near = dilate(solid.labels, digit.width, digit.height, reach);
  const linked = digit.data.map((value) => value > LINK);
  return sum(linked.map((isInk, place) => isInk && !near[place])) >= LOST * sum(linked);
}

function weighPieces(ink) {
  const pieces = findPieces(ink, LINK);
  const mass = weigh(ink, pieces);
  if (mass.length) {
    const heaviest = mass.indexOf(Math.max(...mass));
    const own = ink.data.map((value, place) => (pieces.labels[place] === heaviest + 1 ? value : 0));
    const solid = findPieces(makeImage(ink.width, ink.height, own));
    const least = DIRT * Math.max(...solid.areas);
    const box = boxAround(solid.boxes.filter((_, piece) => solid.areas[piece] >= least));
    if (longer(pieces.boxes[heaviest]) > LONGER * longer(box)) {
      const all = findPieces(ink);
      return { pieces: all, mass: weigh(ink, all) };
    }
  }
  return { pieces, mass };
}

function weigh({ data }, { labels, boxes }) {
  const mass = boxes.map(() => 0);
  labels.forEach((number, place) => {
    if (number) mass[number - 1] += data[place];
  });
  return mass;
}

// Which pieces lie along the edge of the image: parts of something else.
function findBorders(pieces, mass) {
  const { width, height, labels, boxes } = pieces;
  const side = Math.min(width, height);
  const begin = boxes.map(() => Infinity);
  const end = boxes.map(() => 0);
  labels.forEach((number, place) => {
    if (!number) return;
    const [row, column] = [Math.floor(place / width), place % width];
    const depth = Math.min(row, height - 1 - row, column, width - 1 - column);
    begin[number - 1] = Math.min(begin[number - 1], depth);
    end[number - 1] = Math.max(end[number - 1], depth);
  });
  const deepest = Math.floor((side - 1) / 2);
  const isNear = boxes.map(
    (_, piece) =>
      begin[piece] <= MARGIN * side && end[piece] <= REACH * side && end[piece] < deepest / 3,
  );
  const isLong = boxes.map((box) => longer(box) >= LEAST_LINE * side);
  const inside = mass.map((weight, piece) => (isNear[piece] ? 0 : weight));
  const most = Math.max(0, ...inside);
  if (most === 0) return isNear.map((near, piece) => near && (isLong[piece] || begin[piece] === 0));
  const digit = inside.indexOf(most);
  // On a tight drawing they may be parts of the digit.
  const isLarge = Math.max(...shares(boxes[digit], pieces)) >= TIGHT;
  if (isLarge && begin[digit] <= (MARGIN / 2) * side) return boxes.map(() => false);
  const isBeside = beside(pieces, inside.map((weight) => weight > 0), gapOf(pieces));
  return isNear.map((near, piece) => near && (begin[piece] === 0 || !isBeside[piece]));
}

// Make strokes solid, and thicken or thin them if MNIST has none of their width.
function solidStrokes(ink, side) {
  const scale = side / INNER;
  const steps = outlineSteps(ink);
  const [nSteps, width] = [scale * sharpness(steps), strokeWidth(ink, steps)];
  const hasOwnPixels = nSteps <= COARSE && width >= HAIRLINE * scale;
  if (hasOwnPixels && scale <= COARSE) return ink;
  const gain = clip(1 + 2 * (nSteps - COARSE), LEAST_GAIN, HIGHEST_GAIN);
  const values = ink.data.map((value) => (value > 0 ? clip(0.5 + gain * (value - 0.5), 0, 1) : 0));
  const solid = { ...ink, data: values };
  if (hasOwnPixels) return solid;
  const solidWidth = strokeWidth(solid, outlineSteps(solid));
  const wanted = clip(solidWidth, THINNEST * scale, WIDEST * scale);
  if (wanted === solidWidth) return solid;
  // A wider stroke makes the box larger too.
  return grow(solid, (wanted - solidWidth) / (1 - wanted / side) / 2, wanted);
}

const strokeWidth = ({ data }, steps) => (2 * sum(data)) / Math.max(sum(steps), 1e-6);

function sharpness(steps) {
  const high = steps.filter((step) => step > STEP).sort();
  const place = SHARPEST * (high.length - 1);
  const [low, next] = [high[Math.floor(place)], high[Math.ceil(place)]];
  return low + (next - low) * (place % 1);
}

// Move the outline outwards, or inwards as long as its broadest part stays this wide.
function grow(ink, distance, thinnest) {
  const margin = Math.ceil(Math.max(distance, 0)) + 1;
  const [width, height] = [ink.width + 2 * margin, ink.height + 2 * margin];
  const inside = new Uint8Array(width * height);
  ink.data.forEach((value, place) => {
    const [row, column] = [Math.floor(place / ink.width), place % ink.width];
    inside[(row + margin) * width + column + margin] = value > 0.5;
  });
  const outside = inside.map((value) => 1 - value);
  const [fromInside, fromOutside] = [inside, outside].map((mask) => distanceTo(mask, width, height));
  // Both distances are to the centre of a pixel on the other side of the outline.
  const outwards = fromInside.map((away, place) => (away ? away - 0.5 : 0.5 - fromOutside[place]));
  const least = outwards.reduce((low, value) => Math.min(low, value));
  const moved = distance < 0 ? Math.max(distance, thinnest / 2 + least) : distance;
  return makeImage(width, height, Float32Array.from(outwards, (away) => clip(0.5 + moved - away, 0, 1)));
}

function inkBox({ width, height, data }, faintest) {
  const box = [height, width, 0, 0];
  data.forEach((value, place) => {
    if (value <= faintest) return;
    const [row, column] = [Math.floor(place / width), place % width];
    box[0] = Math.min(box[0], row);
    box[1] = Math.min(box[1], column);
    box[2] = Math.max(box[2], row + 1);
    box[3] = Math.max(box[3], column + 1);
  });
  return box[2] ? box : [0, 0, 0, 0];
}

// The tight box of the ink in 20 x 20 pixels.
function fit(ink) {
  const [top, left, bottom, right] = inkBox(ink, 0);
  const [high, wide] = sidesOf([top, left, bottom, right]);
  const side = Math.max(high, wide, Math.min(LEAST_INK, Math.max(ink.width, ink.height)));
  // Enlarged ink fades out beyond its box.
  const fade = Math.max(1 - side / INNER, 0) / 2;
  const [row, column] = [top - Math.floor((side - high) / 2), left - Math.floor((side - wide) / 2)];
  const down = resampling(ink.height, row - fade, row + side + fade);
  const across = resampling(ink.width, column - fade, column + side + fade);
  const rows = new Float32Array(INNER * ink.width);
  for (let y = 0; y < INNER; y++) {
    for (const [from, share] of down[y]) {
      for (let x = 0; x < ink.width; x++) rows[y * ink.width + x] += share * ink.data[from * ink.width + x];
    }
  }
  const inner = new Float32Array(INNER ** 2);
  for (let y = 0; y < INNER; y++) {
    for (let x = 0; x < INNER; x++) {
      const value = sum(across[x].map(([from, share]) => share * rows[y * ink.width + from]));
      inner[y * INNER + x] = clip(value, 0, 1);
    }
  }
  const most = inner.reduce((high, value) => Math.max(high, value));
  return inner.map((value) => roundToEven((value * 255) / most));
}

// For each of 20 new pixels, which old ones it takes, and the share of each: of the area where
// pixels become larger, and of cubic interpolation where they become smaller.
function resampling(n, start, stop) {
  const size = (stop - start) / INNER;
  return Array.from({ length: INNER }, (_, i) => {
    const edge = start + i * size;
    const shares = Array.from({ length: n }, (_, old) => {
      if (size < 1) return [old, cubic(Math.abs(edge + size / 2 - 0.5 - old))];
      return [old, Math.max(Math.min(old + 1, edge + size) - Math.max(old, edge), 0) / size];
    });
    return shares.filter(([, share]) => share);
  });
}

function cubic(distance) {
  if (distance < 1) return (1.5 * distance - 2.5) * distance ** 2 + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

// The centre of mass in the middle, by whole pixels, unless ink would be cut off.
function place(inner) {
  const box = inkBox(makeImage(INNER, INNER, inner), 0);
  const total = sum(inner);
  const row = sum(inner.map((value, at) => value * Math.floor(at / INNER))) / total;
  const column = sum(inner.map((value, at) => value * (at % INNER))) / total;
  const [down, right] = [row, column].map((centre, axis) =>
    clip(roundToEven(SIDE / 2 - centre), -box[axis], SIDE - box[axis + 2]),
  );
  const framed = new Uint8Array(SIDE ** 2);
  inner.forEach((value, at) => {
    if (value) framed[(Math.floor(at / INNER) + down) * SIDE + (at % INNER) + right] = value;
  });
  return framed;
}
