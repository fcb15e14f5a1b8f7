// Which pieces of ink make one digit, and in which order they are read. The constants are those of
// skdigits/images/_grouping.py, _writing.py and _lines.py, which describe them. Digits that touch
// are taken as one.

import {
  boxAround,
  dilateSquare,
  distanceTo,
  findPieces,
  makeImage,
  measureInk,
  sidesOf,
  sum,
  withoutEdge,
} from "./ink.js";

const [SPECK, LEAST_DIGIT, FEWEST_PIXELS] = [0.12, 0.35, 8];
const [TALLEST, WIDEST, TALLEST_DIGIT] = [3, 3, 1.7];
const [WIDEST_NUMBER, LOWEST_NUMBER, LONG] = [8, 0.6, 4];
const [GAP_ABOVE, GAP_IN_STROKE, LEAST_OVERLAP] = [0.3, 0.06, 0.5];
const LEAST_BESIDE = 0.02;
const [LOWEST_WHOLE, TALLEST_WHOLE, WIDEST_WHOLE, MOST_INK] = [0.75, 1.5, 1.3, 0.6];
const LINE = 15;
const REACH = 2;
const [LARGEST_GAP, LEAST_SHARED] = [2.5, 0.4];

export const [NO_DIGIT, CUT_OFF] = ["no digit", "cut off at the edge"];

// What is written on a drawing: for each piece of writing its box, its picture, and why it is
// certainly no digit, or null.
export function findWriting(drawing) {
  const ink = measureInk(drawing);
  const pieces = findPieces(ink);
  const edge = withoutEdge(pieces, pieces.areas, { leastSide: LEAST_BESIDE });
  const whole = edge.map((area, piece) => (isLine(pieces, piece) ? 0 : area));
  if (!sum(whole)) return [];
  const height = typicalHeight(pieces.boxes, whole);
  const isAtEdge = whole.map((area, piece) => area === 0 && touchesEdge(pieces, piece));
  const isKept = isAtEdge.map((atEdge, piece) => atEdge && couldBeWhole(pieces, piece, height));
  const areas = whole.map((area, piece) => (isKept[piece] ? pieces.areas[piece] : area));
  const groups = joinPieces(pieces, areas, height);
  const joined = new Set(groups.flat());
  const found = groups.map((group) => ({ group, leftOut: null }));
  pieces.boxes.forEach((box, piece) => {
    const isLeft = !joined.has(piece) && !isKept[piece] && (isAtEdge[piece] || whole[piece] > 0);
    if (!isLeft || !hasSize(box, LEAST_DIGIT, height)) return;
    found.push({ group: [piece], leftOut: isAtEdge[piece] ? CUT_OFF : NO_DIGIT });
  });
  return found.map(({ group, leftOut }) => ({
    box: boxAround(group.map((piece) => pieces.boxes[piece])),
    picture: cutOut(ink, pieces, group),
    leftOut,
  }));
}

// The height of a typical digit: taller pieces have as much ink as lower ones.
function typicalHeight(boxes, areas) {
  const isUpright = (box) => sidesOf(box)[1] <= LONG * sidesOf(box)[0];
  const upright = areas.map((area, piece) => (isUpright(boxes[piece]) ? area : 0));
  const counted = sum(upright) ? upright : areas;
  const heights = boxes.map((box, piece) => [sidesOf(box)[0], counted[piece]]);
  heights.sort(([one], [other]) => one - other);
  let ink = 0;
  return heights.find(([, area]) => (ink += area) >= sum(counted) / 2)[0];
}

function hasSize(box, least, height) {
  const [tall, wide] = sidesOf(box);
  const isNumber = tall >= LOWEST_NUMBER * height && tall <= TALLEST_DIGIT * height;
  const isSmall = tall <= TALLEST * height && wide <= WIDEST * height;
  const isNotLarge = isSmall || (isNumber && wide <= WIDEST_NUMBER * height);
  return isNotLarge && Math.max(tall, wide) >= least * height;
}

function isLine({ width, height, boxes, areas }, piece) {
  const lengths = sidesOf(boxes[piece]);
  return [height, width].some((side, axis) => lengths[axis] === side && side ** 2 >= LINE * areas[piece]);
}

function touchesEdge({ width, height, boxes }, piece) {
  const [top, left, bottom, right] = boxes[piece];
  return top === 0 || left === 0 || bottom === height || right === width;
}

function couldBeWhole({ boxes, areas }, piece, height) {
  const [tall, wide] = sidesOf(boxes[piece]);
  const isTall = tall >= LOWEST_WHOLE * height && tall <= TALLEST_WHOLE * height;
  return isTall && wide <= WIDEST_WHOLE * height && areas[piece] <= MOST_INK * tall * wide;
}

// Groups of pieces that make one digit, such as the bar and the bow of a 5.
function joinPieces(pieces, areas, height) {
  const { boxes } = pieces;
  const kept = [...boxes.keys()].filter((piece) => areas[piece] && hasSize(boxes[piece], SPECK, height));
  const group = new Map(kept.map((piece) => [piece, [piece]]));
  kept.forEach((one, i) => {
    for (const other of kept.slice(i + 1)) {
      const [mine, theirs] = [group.get(one), group.get(other)];
      if (mine === theirs || !belong(pieces, one, other, height)) continue;
      mine.push(...theirs);
      for (const piece of theirs) group.set(piece, mine);
    }
  });
  const least = Math.max(LEAST_DIGIT * height, FEWEST_PIXELS);
  return [...new Set(group.values())].filter((members) => {
    const [top, , bottom] = boxAround(members.map((piece) => boxes[piece]));
    return bottom - top >= least;
  });
}

function belong(pieces, one, other, height) {
  const [first, second] = [pieces.boxes[one], pieces.boxes[other]];
  const narrower = Math.min(sidesOf(first)[1], sidesOf(second)[1]);
  // Negative where two pieces overlap.
  const above = Math.max(first[0], second[0]) - Math.min(first[2], second[2]);
  const beside = Math.max(first[1], second[1]) - Math.min(first[3], second[3]);
  const joined = boxAround([first, second]);
  if (joined[2] - joined[0] > TALLEST_DIGIT * height) return false;
  if (-beside >= LEAST_OVERLAP * narrower && above <= GAP_ABOVE * height) return true;
  const gap = GAP_IN_STROKE * height;
  return beside <= gap && above <= gap && areClose(pieces, one, other, joined, gap + 1);
}

// Whether the nearest pixels of two pieces are at most this far from each other.
function areClose({ width, labels }, one, other, [top, left, bottom, right], most) {
  const [high, wide] = [bottom - top, right - left];
  const own = (piece) =>
    Uint8Array.from({ length: high * wide }, (_, place) => {
      const row = top + Math.floor(place / wide);
      return labels[row * width + left + (place % wide)] === piece + 1;
    });
  const away = distanceTo(own(one), wide, high);
  return own(other).some((isInk, place) => isInk && away[place] <= most);
}

// Some pieces without their neighbours, with a margin around them.
function cutOut(ink, pieces, group) {
  const { width, height, labels } = pieces;
  const [top, left, bottom, right] = boxAround(group.map((piece) => pieces.boxes[piece]));
  const margin = REACH + Math.floor(Math.max(bottom - top, right - left) / 10);
  const picture = makeImage(right - left + 2 * margin, bottom - top + 2 * margin);
  const numbers = new Set(group.map((piece) => piece + 1));
  const at = (place) => {
    const row = top - margin + Math.floor(place / picture.width);
    const column = left - margin + (place % picture.width);
    return row < 0 || column < 0 || row >= height || column >= width ? -1 : row * width + column;
  };
  const own = Uint8Array.from(picture.data, (_, place) => at(place) >= 0 && numbers.has(labels[at(place)]));
  const near = dilateSquare(own, picture.width, picture.height, REACH);
  picture.data.forEach((_, place) => {
    const from = at(place);
    const isFree = from >= 0 && near[place] && (own[place] || labels[from] === 0);
    picture.data[place] = isFree ? Math.round(255 * ink.data[from]) : 0;
  });
  return picture;
}

// Give each found piece of writing the number of its line, and sort all by it, from left to
// right. Digits make the lines; what is left out is put into the nearest one.
export function inReadingOrder(found) {
  const digits = found.filter(({ leftOut }) => !leftOut);
  const lines = linesOf(digits.length ? digits : found);
  for (const other of digits.length ? found.filter(({ leftOut }) => leftOut) : []) {
    const distance = (line) => Math.min(...line.map(({ box }) => distanceBetween(other.box, box)));
    lines.reduce((near, line) => (distance(line) < distance(near) ? line : near)).push(other);
  }
  const middle = ({ box }) => box[1] + box[3];
  return lines.flatMap((line, number) =>
    line.sort((one, other) => middle(one) - middle(other)).map((each) => ({ ...each, line: number })),
  );
}

// Beside each other counts less than above each other.
const distanceBetween = (one, other) =>
  Math.hypot(other[0] + other[2] - one[0] - one[2], (other[1] + other[3] - one[1] - one[3]) / 8);

function linesOf(found) {
  const slope = findSlope(found.map(({ box }) => box));
  // Relative to the slope, what is in one line is beside each other.
  const level = ({ box }) => [box[0], box[2]].map((end) => end - (slope * (box[1] + box[3])) / 2);
  const lines = [];
  const sorted = found.map((each) => [sum(level(each)), each]).sort(([one], [other]) => one - other);
  for (const [, each] of sorted) {
    const [top, bottom] = level(each);
    const last = lines.at(-1);
    const [lineTop, lineBottom] = [0, 1].map((end) => median((last ?? []).map((one) => level(one)[end])));
    const shared = Math.min(bottom, lineBottom) - Math.max(top, lineTop);
    if (last && shared >= LEAST_SHARED * Math.min(bottom - top, lineBottom - lineTop)) last.push(each);
    else lines.push([each]);
  }
  return lines;
}

// How far lines go down per pixel to the right, from pairs of neighbours.
function findSlope(boxes) {
  const slopes = boxes.flatMap((box) => {
    const [high] = sidesOf(box);
    const gap = (other) => other[1] - box[3];
    const next = boxes
      .filter((other) => {
        const lower = Math.min(high, sidesOf(other)[0]);
        const shared = Math.min(box[2], other[2]) - Math.max(box[0], other[0]);
        return box[1] < other[1] && gap(other) < LARGEST_GAP * lower && shared >= LEAST_SHARED * lower;
      })
      .sort((one, other) => gap(one) - gap(other))[0];
    if (!next) return [];
    return (next[0] + next[2] - box[0] - box[2]) / Math.max(next[1] + next[3] - box[1] - box[3], 1);
  });
  return slopes.length ? median(slopes) : 0;
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
