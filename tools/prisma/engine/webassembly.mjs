// Loads Prisma's schema engine in its WebAssembly build, and names its version. It connects to nothing by itself.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

const PACKAGE = "@prisma/schema-engine-wasm";

function folder() {
  return path.dirname(createRequire(import.meta.url).resolve(PACKAGE));
}

/** The commit that the engine was built from: the last part of its package's version, as native engines say it. */
export function engineVersion() {
  return JSON.parse(fs.readFileSync(path.join(folder(), "package.json"), "utf8")).version.split(".").pop();
}

/**
 * @param {{path: string, content: string}[]} schemas the files of the Prisma schema; none is fine for some methods
 * @param {object} adapterFactory a migration-aware factory of driver adapters
 * @returns {Promise<object>} the engine, with one method for each request that the CLI makes
 */
export async function startEngine(schemas, adapterFactory) {
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(path.join(folder(), "schema_engine_bg.wasm")), {
    "./schema_engine_bg.js": bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  // Where the engine leaves the message of a crash of its own, before it raises "unreachable".
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`${message}\n`) };
  const datamodels = schemas.length > 0 ? schemas.map(({ path: name, content }) => [name, content]) : undefined;
  return bindings.SchemaEngine.new({ datamodels }, () => {}, adapterFactory);
}
