// Asks the server one question at a time: always the newest one. Outdated answers are dropped.

const PAUSE = 30;
const PATIENCE = 5;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Reader {
  #wanted = null;
  #asking = null;
  #isBusy = false;

  // answer(found, question), trouble(message)
  constructor({ answer, trouble }) {
    this.on = { answer, trouble };
  }

  // A question has an address, a function body() that returns the file, and a subject. A question
  // about another subject makes the answer to this one obsolete.
  ask(question) {
    if (this.#asking && this.#asking.subject !== question.subject) this.#asking.control.abort();
    this.#wanted = question;
    this.#work();
  }

  forget() {
    this.#wanted = null;
    this.#asking?.control.abort();
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
      const body = question.body();
      for (let left = PATIENCE; !signal.aborted; left--) {
        const response = await fetch(question.address, {
          method: "POST",
          headers: { "content-type": "application/octet-stream" },
          body,
          signal,
        });
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
      this.on.trouble("The server does not answer. Start it again with: skdigits demo");
    }
  }
}
