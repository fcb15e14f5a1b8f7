// Asks the server one question at a time: always the newest one. Outdated answers are dropped.

import { rasterise } from "./drawing.js";

const PAUSE = 30;
const PATIENCE = 5;
const NO_SERVER = "The server does not answer. Start it again with: skdigits demo";

export const TAKES_PICTURES = true;

// The names of the models, the maximum size of a picture file, the folder in which images are kept,
// or null, and whether the reader explains answers.
export async function describe() {
  try {
    return await (await fetch("/api/models")).json();
  } catch {
    throw new Error(NO_SERVER);
  }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Reader {
  #wanted = null;
  #asking = null;
  #isBusy = false;

  // answer(found, question), trouble(message)
  constructor({ answer, trouble }) {
    this.on = { answer, trouble };
  }

  // A question has names of models, whether there may be several digits, strokes or a picture, and
  // a subject. A question about another subject makes the answer to this one obsolete.
  ask(question) {
    if (this.#asking && this.#asking.subject !== question.subject) this.#asking.control.abort();
    this.#wanted = question;
    this.#work();
  }

  forget() {
    this.#wanted = null;
    this.#asking?.control.abort();
  }

  // Keep a digit of a question that was answered, or all of it if its number is null, under a
  // label; without a label it is removed. Returns what the server says.
  async keep({ strokes, picture }, { model, number, label }) {
    const options = new URLSearchParams({ model });
    if (number !== null) options.set("digit", number);
    if (label) options.set("label", label);
    try {
      const body = picture ? picture.file : toFile(strokes);
      const response = await post(`/api/keep?${options}`, body);
      return await response.json();
    } catch {
      return { error: NO_SERVER };
    }
  }

  // How much a label depends on each pixel of a framed digit: from -127 to 127, in base64.
  async explain(model, label, framed) {
    const options = new URLSearchParams({ model, label });
    const bytes = Uint8Array.from(atob(framed), (letter) => letter.charCodeAt(0));
    try {
      return await (await post(`/api/explain?${options}`, bytes)).json();
    } catch {
      return { error: NO_SERVER };
    }
  }

  async #work() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#wanted) {
      const question = this.#wanted;
      this.#wanted = null;
      this.#asking = { subject: question.subject, control: new AbortController() };
      await this.#put(question, this.#asking.control.signal);
      this.#asking = null;
      await sleep(PAUSE);
    }
    this.#isBusy = false;
  }

  async #put(question, signal) {
    try {
      const { strokes, picture } = question;
      const body = picture ? picture.file : toFile(strokes);
      for (let left = PATIENCE; !signal.aborted; left--) {
        const response = await post(addressOf(question), body, signal);
        if (response.status === 503 && left > 0) {
          await sleep(1000 * Number(response.headers.get("retry-after") ?? 1));
          continue;
        }
        const found = await response.json();
        if (signal.aborted) return;
        if (response.ok) this.on.answer(found, question);
        else this.on.trouble(found.error);
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      console.info(error.message);
      this.on.trouble(NO_SERVER);
    }
  }
}

const post = (address, body, signal) =>
  fetch(address, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body,
    signal,
  });

function addressOf({ models, several }) {
  const options = [["segment", several ? "1" : "0"], ...models.map((name) => ["model", name])];
  return `/api/read?${new URLSearchParams(options)}`;
}

const GREYS = 256;
const HEAD = 54 + 4 * GREYS;

// The strokes as a BMP file with one byte per pixel, because browsers delay encoding a PNG until
// they are idle.
function toFile(strokes) {
  return new Blob([toBMP(rasterise(strokes))]);
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
