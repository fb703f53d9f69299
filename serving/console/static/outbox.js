// Decisions on their way to the server. They are kept in the browser until the server has them, so neither a lost
// connection nor a closed page loses one; each has an id of its own, so sending one twice counts once.

import { call, Refused } from "./server.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const AT_ONCE = 50;

export class Outbox extends EventTarget {
  #key;
  #waiting;
  #sending = null;
  #wait = FIRST_WAIT;
  #timer = null;

  constructor(reviewer) {
    super();
    this.#key = `tagloop.decisions.${reviewer}`;
    this.#waiting = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
    addEventListener("online", () => this.send());
  }

  get size() {
    return this.#waiting.length;
  }

  has(taskId) {
    return this.#waiting.some((decision) => decision.task_id === taskId);
  }

  put(decision) {
    this.#waiting.push(decision);
    this.#store();
    this.send();
  }

  /** Take a decision out again before it was sent; false where it is on its way or was sent. */
  take(decisionId) {
    const place = this.#sending ? -1 : this.#waiting.findIndex((one) => one.decision_id === decisionId);
    if (place < 0) return false;
    this.#waiting.splice(place, 1);
    this.#store();
    return true;
  }

  /** Resolves when everything that waits now was sent, or could not be. */
  send() {
    clearTimeout(this.#timer);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #sendAll() {
    while (this.#waiting.length) {
      const some = this.#waiting.slice(0, AT_ONCE);
      try {
        const { outcomes } = await call("/v1/review/decisions", { decisions: some });
        const done = new Set(some.map((decision) => decision.decision_id));
        this.#waiting = this.#waiting.filter((decision) => !done.has(decision.decision_id));
        this.#wait = FIRST_WAIT;
        this.#store();
        this.#tell("sent", { outcomes, size: this.size });
      } catch (problem) {
        const status = problem instanceof Refused ? problem.status : 0;
        this.#tell("waiting", { size: this.size, status });
        if (status !== 401) this.#timer = setTimeout(() => this.send(), this.#wait);
        this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
        return;
      }
    }
  }

  #store() {
    localStorage.setItem(this.#key, JSON.stringify(this.#waiting));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
