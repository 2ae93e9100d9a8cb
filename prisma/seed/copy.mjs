// Sends rows to PostgreSQL with COPY, a buffer at a time: a row is made when the server has room for it, so memory
// stays flat at any number of rows.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pgCopyStreams from "pg-copy-streams";

/** How many characters are collected before they are sent. */
const BUFFER_LENGTH = 64 * 1024;

const ESCAPES = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/**
 * A value as COPY's text format has it (PostgreSQL documentation, "COPY", "Text Format"): null is \N, a Date is ISO
 * 8601, an object is JSON.
 *
 * @param {unknown} value
 */
export function copyText(value) {
  if (value === null) return "\\N";
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]);
}

function* buffers(rows, onRows) {
  let buffer = "";
  let count = 0;
  for (const row of rows) {
    buffer += `${row.map(copyText).join("\t")}\n`;
    count += 1;
    if (buffer.length >= BUFFER_LENGTH) {
      yield buffer;
      onRows(count);
      buffer = "";
      count = 0;
    }
  }
  if (count > 0) {
    yield buffer;
    onRows(count);
  }
}

/**
 * Copies rows into a table, inside the client's transaction.
 *
 * @param {import("pg").Client} client
 * @param {{name: string, columns: string[], rows: () => Iterable<unknown[]>}} table
 * @param {(count: number) => void} onRows told how many more rows went out
 */
export async function copyRows(client, table, onRows) {
  const columns = table.columns.map((column) => `"${column}"`).join(", ");
  const target = client.query(pgCopyStreams.from(`COPY "${table.name}" (${columns}) FROM STDIN`));
  await pipeline(Readable.from(buffers(table.rows(), onRows), { objectMode: false }), target);
}
