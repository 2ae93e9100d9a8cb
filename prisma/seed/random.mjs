// Numbers that look random and are the same on every run: each row draws from a stream of its own, made from the
// table's name and the row's number alone. So any row can be made again at any time, by itself and in any order,
// which is what keeps the seed's memory flat.

function hashName(name) {
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  return hash >>> 0;
}

function scramble(value) {
  // The finalizer of MurmurHash3: every bit of the input moves about half of the output's. It is one-to-one.
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** One row's stream of numbers. */
export class Stream {
  #state;

  /** @param {string} table @param {number} index the row's number, from 0 */
  constructor(table, index) {
    this.#state = scramble(scramble(index) ^ hashName(table));
  }

  /** The next 32 random bits. */
  bits() {
    this.#state = (this.#state + 0x9e3779b9) | 0; // the golden ratio: visits every state before any comes again
    return scramble(this.#state);
  }

  /** A number from 0 up to, and without, 1. */
  fraction() {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low, high) {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** One of several things, each as likely as the others. */
  pick(things) {
    return things[Math.floor(this.fraction() * things.length)];
  }

  /** True in `share` of all cases (0 to 1). */
  chance(share) {
    return this.fraction() < share;
  }
}

const hexadecimal = (value, digits) => value.toString(16).padStart(digits, "0");

/**
 * The id of a row: a UUID version 7, as the column's default makes it. The last 32 bits are the row's number,
 * scrambled one-to-one, so that no two rows of a table share an id, whatever else is drawn.
 *
 * @param {string} table @param {number} index @param {number} time milliseconds since 1970
 */
export function rowId(table, index, time) {
  const stream = new Stream(`${table}.id`, index);
  const moment = hexadecimal(time, 12);
  const high = hexadecimal(stream.bits() & 0xfff, 3);
  const variant = hexadecimal(0x8000 | (stream.bits() & 0x3fff), 4);
  const middle = hexadecimal(stream.bits() & 0xffff, 4);
  const number = hexadecimal(scramble(index ^ hashName(table)), 8);
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7${high}-${variant}-${middle}${number}`;
}
