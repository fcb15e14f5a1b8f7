// In place of the server: reads drawings in the page itself, with the networks that are in it.

import { rasterise } from "./drawing.js";
import { frame } from "./framing.js";
import { makeImage } from "./ink.js";
import { Network } from "./network.js";
import { NO_DIGIT, findWriting, inReadingOrder } from "./segmenting.js";

const models = JSON.parse(document.getElementById("networks").textContent).map((model) => ({
  ...model,
  network: new Network(model),
}));

export const TAKES_PICTURES = false;

// The names of the models.
export const describe = async () => ({ models: models.map(({ name }) => name) });

export class Reader {
  #wanted = null;

  constructor({ answer, trouble }) {
    this.on = { answer, trouble };
  }

  // Questions are those of the server's reader, always about strokes. The newest one is answered
  // when the browser has painted what is due.
  ask(question) {
    const isWaiting = this.#wanted !== null;
    this.#wanted = question;
    if (!isWaiting) setTimeout(() => this.#work());
  }

  forget() {
    this.#wanted = null;
  }

  #work() {
    const question = this.#wanted;
    this.#wanted = null;
    if (question) this.on.answer(read(question), question);
  }
}

function read({ strokes, several, models: names }) {
  const { width, height, data } = rasterise(strokes);
  const drawing = makeImage(width, height);
  for (let i = 0; i < drawing.data.length; i++) drawing.data[i] = 255 - data[4 * i];
  const found = (several && framed(findWriting(drawing))) || [];
  const whole = found.length ? found : framed([{ picture: drawing, box: null, leftOut: several ? NO_DIGIT : null }]);
  const wanted = models.filter(({ name }) => names.includes(name));
  return { width, height, models: wanted.map((model) => readWith(model, whole, several)) };
}

// What has ink, framed.
const framed = (found) =>
  found
    .map((each) => ({ ...each, framed: frame(each.picture) }))
    .filter((each) => each.framed !== null);

function readWith(model, found, several) {
  const classified = found.map((each) => {
    const { shares, score } = classify(model, each.framed);
    return { ...each, shares, score, leftOut: each.leftOut ?? (score < model.threshold ? NO_DIGIT : null) };
  });
  const isWhole = classified[0]?.box === null;
  const ordered = isWhole ? [{ ...classified[0], line: 0 }] : inReadingOrder(classified);
  const digits = ordered.map((each) => describeDigit(model, each));
  return {
    name: model.name,
    text: written(digits),
    digits,
    left_out: several ? describeLeftOut(digits) : "",
  };
}

// The probability of each class, and the log odds of any of them against none.
function classify({ network, threshold }, image) {
  const logits = [...network.logits(image)];
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power);
  const score = threshold === null ? null : most + Math.log(total);
  return { shares: powers.map((power) => power / total), score };
}

function describeDigit({ classes, threshold }, { box, line, leftOut, shares, score, framed }) {
  const best = shares.indexOf(Math.max(...shares));
  const ofDigit = threshold === null ? null : 1 / (1 + Math.exp(-score));
  return {
    label: leftOut ? null : classes[best],
    probability: shares[best] * (ofDigit ?? 1),
    classes,
    probabilities: shares,
    box,
    line,
    left_out: leftOut,
    digit_probability: ofDigit,
    framed: btoa(String.fromCharCode(...framed)),
  };
}

// The digits of each line, without those that were left out.
function written(digits) {
  const lines = new Map();
  for (const { left_out: leftOut, line, label } of digits) {
    if (!leftOut) lines.set(line, (lines.get(line) ?? "") + label);
  }
  return [...lines.values()].join("\n");
}

function describeLeftOut(digits) {
  const counts = new Map();
  for (const { left_out: reason } of digits) {
    if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.map(([reason, n]) => count(reason, n)).join(", ");
}

function count(reason, n) {
  if (reason !== NO_DIGIT) return `${n} ${reason}`;
  return n === 1 ? "1 piece that is no digit" : `${n} pieces that are no digits`;
}
