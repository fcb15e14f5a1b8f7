// Example digits that are drawn automatically, also for users without a pointer.

import { ASPECT } from "./drawing.js";

const STEPS = 24;
const MILLISECONDS = 450;

// Angles in degrees, clockwise from the right.
const arc = (x, y, across, down, from, to) =>
  Array.from({ length: STEPS + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / STEPS) * Math.PI) / 180;
    return [x + across * Math.cos(angle), y + down * Math.sin(angle)];
  });

const line = (...corners) =>
  corners.slice(1).reduce(
    (points, [x, y], i) => {
      const [fromX, fromY] = corners[i];
      for (let step = 1; step <= 8; step++) {
        points.push([fromX + ((x - fromX) * step) / 8, fromY + ((y - fromY) * step) / 8]);
      }
      return points;
    },
    [corners[0]],
  );

const eight = Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
  const angle = (i * Math.PI) / STEPS;
  return [0.5 - 0.4 * Math.sin(2 * angle), 0.5 - 0.5 * Math.cos(angle)];
});

// In a box of width and height 1.
const DIGITS = [
  [arc(0.5, 0.5, 0.46, 0.5, -80, -440)],
  [line([0.36, 0.16], [0.56, 0], [0.54, 1])],
  [[...arc(0.48, 0.29, 0.42, 0.29, 190, 390), ...line([0.72, 0.54], [0.06, 1], [0.98, 0.98])]],
  [[...arc(0.45, 0.25, 0.4, 0.25, 205, 440), ...arc(0.45, 0.74, 0.47, 0.26, -80, 150)]],
  [line([0.5, 0], [0.06, 0.6], [0.96, 0.58]), line([0.74, 0.26], [0.68, 1])],
  [
    [...line([0.24, 0.02], [0.17, 0.46]), ...arc(0.44, 0.69, 0.46, 0.31, 235, 500)],
    line([0.24, 0.02], [0.9, 0]),
  ],
  [[...line([0.74, 0], [0.36, 0.3]), ...arc(0.5, 0.7, 0.4, 0.3, 200, -160)]],
  [line([0.06, 0.04], [0.94, 0], [0.4, 1])],
  [eight],
  [[...arc(0.48, 0.28, 0.4, 0.28, -20, -370), ...line([0.87, 0.3], [0.72, 1])]],
];

const WIDTH = 0.66;
const SINGLE = { height: 0.62, slant: 0.1 };
const SEVERAL = { height: 0.34, gap: 0.09, margin: 0.1, slant: 0.06 };

const between = (low, high) => low + (high - low) * Math.random();

// The strokes of a single digit in the middle of the sheet.
export function writeAlone(digit, penWidth) {
  const { height, slant } = SINGLE;
  const left = (ASPECT - height * WIDTH) / 2;
  return put(digit, { left, top: (1 - height) / 2, height, slant, penWidth });
}

// The strokes of a digit to the right of the others, or on the next line; null on a full sheet.
export function writeNext(digit, penWidth, strokes) {
  const { height, gap, margin, slant } = SEVERAL;
  const pitch = height * 1.25;
  const points = strokes.flat();
  const lowest = Math.max(margin, ...points.map(([, y]) => y));
  const row = Math.max(0, Math.floor((lowest - margin - 0.25 * height) / pitch));
  let top = margin + row * pitch;
  const inRow = points.filter(([, y]) => y > top);
  let left = Math.max(margin, ...inRow.map(([x]) => x + gap));
  if (left + height * WIDTH > ASPECT - 0.05) [left, top] = [margin, top + pitch];
  if (top + height > 1) return null;
  return put(digit, { left, top, height, slant, penWidth });
}

function put(digit, { left, top, height, slant, penWidth }) {
  const lean = between(-slant, slant);
  const narrow = between(0.92, 1) * (digit === 1 ? 0.9 : 1);
  return DIGITS[digit].map((stroke) =>
    stroke.map(([x, y]) => [
      left + height * (WIDTH * (0.5 + (x - 0.5) * narrow) + lean * (0.5 - y)),
      top + height * y,
      penWidth,
    ]),
  );
}

// Call step(strokes) with more and more of the strokes; returns false if it was aborted.
export async function animate(strokes, step, signal) {
  const total = strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const start = performance.now();
    let shown = 0;
    while (shown < total) {
      const now = await new Promise(requestAnimationFrame);
      if (signal.aborted) return false;
      shown = Math.max(1, Math.ceil(((now - start) / MILLISECONDS) * total));
      step(cut(strokes, shown));
    }
  }
  return !signal.aborted;
}

function cut(strokes, n) {
  const shown = [];
  for (const stroke of strokes) {
    if (n > 0) shown.push(stroke.slice(0, n));
    n -= stroke.length;
  }
  return shown;
}
