// What each model reads: a card with the digit, the network's input and a bar for each class.

const SIDE = 28;
const LONG = 3;
const SURE = 0.999;
const NO_DIGIT = "no digit";
const SEEN = "What the network sees";
const [SUPPORTS, AGAINST] = [[226, 58, 42], [52, 120, 246]];
const MOST_COLOUR = 0.85;

// Never "100.0%", and not many "0.0%".
const percent = (share) => {
  if (share > SURE) return "> 99.9%";
  return share < 0.0005 ? "0%" : `${(100 * share).toFixed(1)}%`;
};

export class Card {
  #root;
  #bars = [];
  #chosen = null;
  #count = 0;
  #offers;
  #numberOf = () => null;

  // What the page offers, if it can: keep(number, label) keeps the digit of this number, or the
  // whole image if it is null, and returns a sentence about it; explain(label, framed) returns
  // the importances of the pixels.
  constructor(name, showsName, offers) {
    this.#root = document.getElementById("card").content.cloneNode(true).firstElementChild;
    this.#find("h3").textContent = name;
    this.#find("h3").classList.toggle("unseen", !showsName);
    this.#find(".bars").setAttribute("aria-label", `Probabilities by ${name}`);
    this.name = name;
    this.#offers = offers;
    this.#makeBars("0123456789".split(""));
    this.rest();
  }

  get element() {
    return this.#root;
  }

  // Nothing is read.
  rest() {
    this.#find(".label").textContent = "";
    this.#find(".label").classList.remove("long", "none");
    this.#find(".sure").textContent = "";
    this.#find(".left-out").textContent = "";
    this.#trouble("");
    this.#showDigit(null);
    this.#find(".digits").hidden = true;
    this.#find(".seen").hidden = false;
    this.#chosen = null;
  }

  show(found, several) {
    if (found.error) {
      this.rest();
      this.#trouble(found.error);
      return;
    }
    if (!found.digits.length) {
      this.rest();
      return;
    }
    this.#trouble("");
    this.#numberOf = (digit) => (several ? found.digits.indexOf(digit) : null);
    const digits = several ? kept(found.digits) : found.digits;
    const label = this.#find(".label");
    label.textContent = found.text || NO_DIGIT;
    label.classList.toggle("long", found.text.length > LONG);
    label.classList.toggle("none", !found.text);
    this.#find(".sure").textContent = several ? sureOfAll(digits) : sure(digits[0]);
    this.#find(".left-out").textContent = found.left_out && `Left out: ${found.left_out}`;
    this.#find(".digits").hidden = !several || !digits.length;
    this.#find(".seen").hidden = several;
    if (several) this.#showDigits(digits);
    else this.#showDigit(digits[0]);
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }

  #trouble(message) {
    this.#find(".trouble").textContent = message;
    this.#find(".trouble").hidden = !message;
    for (const part of [".top", ".sure", ".left-out", ".bars"]) this.#find(part).hidden = Boolean(message);
  }

  #makeBars(classes) {
    const list = this.#find(".bars");
    list.classList.toggle("worded", classes.some((name) => name.length > 2));
    this.#bars = classes.map((name) => {
      const row = document.createElement("li");
      const parts = ["class", "rail", "share"].map((kind) => {
        const part = document.createElement("span");
        part.className = kind;
        row.append(part);
        return part;
      });
      const bar = document.createElement("div");
      bar.className = "bar";
      parts[0].textContent = name;
      parts[1].append(bar);
      parts[1].ariaHidden = "true";
      return { name, row, bar, share: parts[2] };
    });
    list.replaceChildren(...this.#bars.map(({ row }) => row));
  }

  #showDigit(digit) {
    const names = digit?.classes ?? this.#bars.map(({ name }) => name);
    if (names.some((name, i) => name !== this.#bars[i]?.name)) this.#makeBars(names);
    this.#bars.forEach(({ name, row, bar, share }, i) => {
      const value = digit ? probability(digit, i) : 0;
      bar.style.transform = `scaleX(${value})`;
      share.textContent = digit ? percent(value) : "–";
      row.classList.toggle("best", !digit?.left_out && digit?.label === name);
    });
    const canvas = this.#find(".seen canvas");
    canvas.ariaLabel = digit?.framed
      ? `The ${digit.left_out ? "picture" : digit.label} as an image of 28 by 28 pixels`
      : "An empty image of 28 by 28 pixels";
    paintFramed(canvas, digit?.framed);
    this.#offerToExplain(digit);
    this.#offerToKeep(digit);
  }

  #offerToExplain(digit) {
    const [button, caption, canvas] = [".why", "figcaption", ".seen canvas"].map((part) => this.#find(part));
    button.hidden = !this.#offers.explain;
    button.disabled = !digit || Boolean(digit.left_out);
    button.ariaPressed = "false";
    caption.textContent = SEEN;
    const change = async () => {
      const isAsked = button.ariaPressed === "false";
      button.ariaPressed = String(isAsked);
      caption.textContent = SEEN;
      paintFramed(canvas, digit.framed);
      if (!isAsked) return;
      const { error, importances } = await this.#offers.explain(digit.label, digit.framed);
      // Meanwhile there may be another answer, or the question was taken back.
      if (button.onclick !== change || button.ariaPressed === "false") return;
      caption.textContent = error ?? `Red supports ${digit.label}, blue speaks against it`;
      if (!error) paintFramed(canvas, digit.framed, importances);
    };
    button.onclick = change;
  }

  #offerToKeep(digit) {
    const [select, status] = ["select", ".kept"].map((part) => this.#find(part));
    this.#find(".keep").hidden = !this.#offers.keep || !digit;
    status.textContent = "";
    select.replaceChildren(new Option("…", ""), ...(digit?.classes ?? []).map((label) => new Option(label)));
    const change = async () => {
      const sentence = await this.#offers.keep(this.#numberOf(digit), select.value);
      // Meanwhile there may be another answer.
      if (select.onchange === change) status.textContent = sentence;
    };
    select.onchange = change;
  }

  #showDigits(digits) {
    // The chosen digit stays chosen as long as the number of digits is the same.
    if (digits.length !== this.#count) this.#chosen = null;
    this.#count = digits.length;
    const group = this.#find(".digits");
    const buttons = [...group.children].slice(0, digits.length);
    while (buttons.length < digits.length) buttons.push(makeTile());
    if (buttons.length !== group.children.length) group.replaceChildren(...buttons);
    const show = (chosen) => {
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === chosen));
      this.#showDigit(digits[chosen]);
    };
    buttons.forEach((button, i) => {
      const [canvas, label, share] = button.children;
      paintFramed(canvas, digits[i].framed);
      label.textContent = digits[i].label;
      share.textContent = percent(digits[i].probability);
      button.onclick = () => show((this.#chosen = i));
    });
    if (digits.length) show(this.#chosen ?? digits.indexOf(leastSure(digits)));
    else this.#showDigit(null);
  }
}

function makeTile() {
  const button = document.createElement("button");
  button.type = "button";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.ariaHidden = "true";
  button.append(canvas, document.createElement("span"), document.createElement("small"));
  return button;
}

// The pixels, coloured by how important they are.
function paintFramed(canvas, framed, importances = "") {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const [bytes, weights] = [framed, importances].map((encoded) => (encoded ? atob(encoded) : ""));
  for (let i = 0; i < SIDE * SIDE; i++) {
    const level = bytes ? bytes.charCodeAt(i) : 0;
    const weight = weights ? ((weights.charCodeAt(i) << 24) >> 24) / 127 : 0; // a signed byte
    const colour = weight > 0 ? SUPPORTS : AGAINST;
    const share = MOST_COLOUR * Math.abs(weight);
    const mixed = colour.map((value) => (1 - share) * level + share * value);
    image.data.set([...mixed, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

// What is part of a number.
const kept = (digits) => digits.filter((digit) => !digit.left_out);

// That it is a digit, and of this class.
const probability = (digit, i) => digit.probabilities[i] * (digit.digit_probability ?? 1);

// The answer, and the most probable other one.
function sure(digit) {
  const answer = digit.left_out ? NO_DIGIT : digit.label;
  const outcomes = digit.classes.map((name, i) => [probability(digit, i), name]);
  outcomes.push([1 - (digit.digit_probability ?? 1), NO_DIGIT]);
  const [found] = outcomes.find(([, name]) => name === answer);
  const [share, name] = outcomes
    .filter((outcome) => outcome[1] !== answer)
    .reduce((best, other) => (other[0] > best[0] ? other : best));
  return `${percent(found)} sure${share >= 0.01 ? `, or ${name} (${percent(share)})` : ""}`;
}

const leastSure = (digits) =>
  digits.reduce((least, other) => (other.probability < least.probability ? other : least));

function sureOfAll(digits) {
  if (!digits.length) return "";
  const least = leastSure(digits);
  if (digits.length === 1) return sure(least);
  if (least.probability > SURE) return `${digits.length} digits, each ${percent(least.probability)} sure`;
  return `${digits.length} digits, least sure of ${least.label} (${percent(least.probability)})`;
}

// A sentence for screen readers.
export function speak(models) {
  const sentences = models.map(({ name, error, text, digits: found, left_out: leftOut }) => {
    if (error) return `${name} cannot read it.`;
    const digits = kept(found);
    const rest = leftOut && ` Left out: ${leftOut}.`;
    if (!digits.length) return `No digit found.${rest}`;
    // Digit by digit, not as one number.
    const read = text.split("\n").map((line) => line.split("").join(" ")).join(", next line ");
    const least = leastSure(digits).probability;
    return `${models.length > 1 ? `${name} reads ` : ""}${read}, ${Math.floor(100 * least)} percent sure.${rest}`;
  });
  return sentences.join(" ");
}
