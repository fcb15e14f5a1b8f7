// The page: drawings and pictures are passed to the reader, and its answers shown on the cards.

import { Card, speak } from "./answers.js";
import { BLANK, History, isBlank } from "./drawing.js";
import { animate, writeAlone, writeNext } from "./examples.js";
import { Reader, TAKES_PICTURES, describe } from "./reader.js";
import { Sheet } from "./sheet.js";

const PEN = { one: 0.055, several: 0.036 };
const PREVIEW = 1600;
const QUIET = 600;
const BLANK_PICTURE =
  "There is no ink in this picture, or too little. Crop it to the writing, or take the photograph in better light.";
const NO_DIGIT_IN_PICTURE = "If this picture shows several digits, turn on “Several digits”.";

const $ = (id) => document.getElementById(id);

const history = new History();
let about = { models: [], bytes: Infinity };
let cards = [];
let writing = null;
let speech = 0;
let hint = "";
let answered = null;

const several = () => $("several").checked;
const penWidth = () => (several() ? PEN.several : PEN.one);

const reader = new Reader({
  answer(found, question) {
    answered = question;
    const isBlank = found.models.every((model) => model.digits?.length === 0);
    // A first dot on the sheet is not a digit yet, but not a mistake either.
    const isNoDigit = !isBlank && !question.several && found.models.every(isRefused);
    say(question.subject.picture ? (isBlank && BLANK_PICTURE) || (isNoDigit && NO_DIGIT_IN_PICTURE) || "" : "");
    const byName = new Map(found.models.map((model) => [model.name, model]));
    for (const card of cards) {
      if (byName.has(card.name)) card.show(byName.get(card.name), question.several);
    }
    const digits = found.models.find((model) => model.digits)?.digits ?? [];
    // Digits are drawn over what was left out.
    const boxes = digits.filter(({ box }) => box).sort((a, b) => !a.left_out - !b.left_out);
    sheet.showBoxes(question.several ? { ...sizeOf(found), boxes } : null);
    speakSoon(() => speak(found.models));
  },
  trouble(message) {
    cards.forEach((card) => card.rest());
    sheet.showBoxes(null);
    say(message);
  },
});

const sheet = new Sheet({
  drawing: BLANK,
  penWidth,
  begin() {
    stopWriting();
    if (history.drawing.picture) reader.forget();
    return history.drawing.picture ? BLANK : history.drawing;
  },
  change: (strokes) => ask(strokes),
  end: (strokes) => put({ strokes, picture: null }),
});

const isRefused = (model) => model.digits?.every((digit) => digit.left_out);

const sizeOf = ({ width, height }) => ({ width, height });

// All questions about the strokes on the sheet have the same subject: every answer is shown.
const onSheet = { picture: null };

function ask(strokes, picture = null) {
  const models = cards.map(({ name }) => name);
  if (!models.length) return;
  const subject = picture ? { picture } : onSheet;
  reader.ask({ subject, several: several(), models, strokes, picture });
}

// Show the current drawing and let it be read.
function refresh() {
  const { drawing } = history;
  sheet.show(drawing);
  $("undo").disabled = !history.canUndo;
  $("redo").disabled = !history.canRedo;
  $("clear").disabled = isBlank(drawing);
  const isHidden = drawing.picture && !drawing.picture.preview;
  $("hint-text").innerText = isHidden
    ? `${drawing.picture.file.name}\nThis browser cannot display pictures of this type.`
    : hint;
  say("");
  if (isBlank(drawing)) {
    reader.forget();
    cards.forEach((card) => card.rest());
    speakSoon(() => "The sheet is empty.");
  } else {
    ask(drawing.strokes, drawing.picture);
  }
}

function put(drawing) {
  if (drawing.strokes !== history.drawing.strokes || drawing.picture !== history.drawing.picture) {
    history.add(drawing);
  }
  refresh();
}

function step(which) {
  stopWriting();
  history[which]();
  refresh();
}

function clear() {
  stopWriting();
  if (!isBlank(history.drawing)) put(BLANK);
}

function say(message) {
  $("message").textContent = message;
}

function speakSoon(sentence) {
  clearTimeout(speech);
  speech = setTimeout(() => {
    if (!sheet.isWriting) $("spoken").textContent = sentence();
  }, QUIET);
}

// Examples

function stopWriting() {
  writing?.abort();
  writing = null;
}

async function writeExample(digit) {
  stopWriting();
  writing = new AbortController();
  const { signal } = writing;
  const before = several() && !history.drawing.picture ? history.drawing.strokes : [];
  const next = several() && writeNext(digit, penWidth(), before);
  const kept = next ? before : [];
  const strokes = next || writeFirst(digit);
  const show = (part) => {
    sheet.show({ strokes: [...kept, ...part], picture: null });
    ask([...kept, ...part]);
  };
  if (await animate(strokes, show, signal)) put({ strokes: [...kept, ...strokes], picture: null });
}

const writeFirst = (digit) =>
  several() ? writeNext(digit, penWidth(), []) : writeAlone(digit, penWidth());

// Pictures

async function read(files) {
  stopWriting();
  const [file] = files;
  if (!file) return say("This is not a file. Save the picture first, then drop or choose the file.");
  if (file.size > about.bytes) {
    return say(
      `This file is ${(file.size / 1e6).toFixed(0)} MB; the maximum is ${about.bytes / 1e6} MB. Choose a smaller one.`,
    );
  }
  put({ strokes: [], picture: { file, preview: await preview(file) } });
  if (files.length > 1) say(`Only one picture is read at a time: this is ${file.name}.`);
}

// An upright copy that fits a screen; null if the browser cannot read the file.
async function preview(file) {
  try {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, PREVIEW / Math.max(whole.width, whole.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(whole.width * scale));
    canvas.height = Math.max(1, Math.round(whole.height * scale));
    canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
    whole.close();
    return canvas;
  } catch {
    return null;
  }
}

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

function listenForPictures() {
  const drops = (isOver) => document.body.classList.toggle("dropping", isOver);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drops(holdsFiles(event));
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || drops(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drops(false);
    read(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) read(event.clipboardData.files);
    else say("There is no picture in the clipboard.");
  });
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    if ($("file").files.length) read($("file").files);
    $("file").value = ""; // so that the same file can be chosen again
  });
}

// Keys and buttons

function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("select")) return; // which has the same keys
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const which = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key];
      if (!which || event.altKey) return;
      event.preventDefault();
      step(which);
    } else if (["escape", "delete", "backspace"].includes(key)) {
      clear();
    } else if (document.activeElement === $("sheet") && /^[0-9]$/.test(key)) {
      writeExample(Number(key));
    }
  });
}

function listenForButtons() {
  for (const which of ["undo", "redo"]) {
    $(which).addEventListener("click", () => {
      step(which);
      if ($(which).disabled) sheet.focus(); // a disabled button would lose the focus
    });
  }
  $("clear").addEventListener("click", () => {
    clear();
    sheet.focus();
  });
  $("several").addEventListener("change", () => {
    cards.forEach((card) => card.rest());
    refresh();
  });
  for (let digit = 0; digit <= 9; digit++) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = digit;
    button.ariaLabel = `Draw the digit ${digit}`;
    button.addEventListener("click", () => writeExample(digit));
    $("examples").append(button);
  }
}

// Images that are kept with a label

async function keep(model, number, label) {
  const { error, file, images, learn } = await reader.keep(answered, { model, number, label });
  if (error) return error;
  const count = `The folder has ${images} ${images === 1 ? "image" : "images"}.`;
  if (!file) return `The image is no longer kept. ${count}`;
  return `Kept as ${file}. ${count} To learn from them: ${learn}`;
}

// Models

function chooseModels() {
  const chosen = [...$("models").querySelectorAll("input:checked")].map(({ value }) => value);
  cards = chosen.map((name) => {
    const offers = {
      keep: about.folder && ((number, label) => keep(name, number, label)),
      explain: about.explains && ((label, framed) => reader.explain(name, label, framed)),
    };
    return new Card(name, about.models.length > 1, offers);
  });
  $("cards").replaceChildren(...cards.map(({ element }) => element));
  document.querySelector("main").classList.toggle("beside", chosen.length > 1);
  refresh();
}

function offerModels() {
  for (const name of about.models) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      value: name,
      checked: true,
    });
    box.addEventListener("change", chooseModels);
    label.append(box, name);
    $("models").append(label);
  }
  $("models").hidden = about.models.length < 2;
  chooseModels();
}

async function start() {
  if (TAKES_PICTURES) listenForPictures();
  else document.querySelectorAll("[data-pictures]").forEach((part) => part.remove());
  hint = $("hint-text").innerText;
  listenForKeys();
  listenForButtons();
  try {
    about = await describe();
    offerModels();
  } catch (error) {
    say(error.message);
  }
}

start();
