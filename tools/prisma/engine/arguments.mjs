// Reads the arguments with which the Prisma CLI starts its schema engine. It opens no file.
import { parseArgs } from "node:util";

const OPTIONS = {
  version: { type: "boolean", short: "V" },
  datamodels: { type: "string", short: "d", multiple: true },
  datasource: { type: "string" },
  "enabled-preview-features": { type: "string" },
  "extension-types": { type: "string" },
};

/**
 * @param {string[]} words what follows the program's name
 * @returns {{version: boolean, datamodels: string[], command?: string,
 *   datasource: {url?: string, shadowDatabaseUrl?: string}}}
 *   `datamodels` are paths; `command` is the word after `cli`. Throws an Error that quotes no argument's value.
 */
export function readArguments(words) {
  let parsed;
  try {
    parsed = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Error(`schema engine: the arguments cannot be read (${error.code})`);
  }
  const { values, positionals } = parsed;
  if (positionals.length > 0 && (positionals[0] !== "cli" || positionals.length !== 2)) {
    throw new Error("schema engine: the only sub-command is `cli COMMAND`");
  }
  return {
    version: values.version ?? false,
    datamodels: values.datamodels ?? [],
    datasource: readDatasource(values.datasource),
    command: positionals[1],
  };
}

function readDatasource(text) {
  if (text === undefined) return {};
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    // The parser's own message would quote the URL.
  }
  throw new Error("schema engine: --datasource is not a JSON object");
}
