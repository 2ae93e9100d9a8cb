// Shows how far the seed is: one line that rewrites itself on a terminal, one line a table elsewhere (and one now
// and then for a table that takes long), always on standard error.

const INTERVAL_ON_TERMINAL = 100; // milliseconds
const INTERVAL_ELSEWHERE = 5000;

const readable = (count) => count.toLocaleString("en");

export class Progress {
  #output;
  #now;
  #table = "";
  #rows = 0;
  #total = 0;
  #shownAt = 0;

  /** @param {{isTTY?: boolean, write(text: string): unknown}} output @param {() => number} now milliseconds */
  constructor(output, now = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  /** All rows so far, of every table. */
  get total() {
    return this.#total;
  }

  /** Begins to count for a table. @param {string} table */
  start(table) {
    this.#table = table;
    this.#rows = 0;
    this.#shownAt = this.#now();
    if (this.#output.isTTY) this.#show();
  }

  /** Counts rows that went out. @param {number} count */
  add(count) {
    this.#rows += count;
    this.#total += count;
    const interval = this.#output.isTTY ? INTERVAL_ON_TERMINAL : INTERVAL_ELSEWHERE;
    if (this.#now() - this.#shownAt >= interval) this.#show();
  }

  /** Ends the table's line. */
  finish() {
    this.#show();
    if (this.#output.isTTY) this.#output.write("\n");
  }

  #show() {
    this.#shownAt = this.#now();
    const line = `  ${this.#table.padEnd(20)} ${readable(this.#rows).padStart(12)} rows`;
    this.#output.write(this.#output.isTTY ? `\r${line}` : `${line}\n`);
  }
}
