// Answers the CLI's JSON-RPC requests, one line each on stdin and stdout, one after the other, until stdin is closed.
import fs from "node:fs";
import readline from "node:readline";
import { requestFailure } from "./failures.mjs";
import { log } from "./log.mjs";
import { adapterFactory } from "./session.mjs";
import { startEngine } from "./webassembly.mjs";

// What the native engine's JSON-RPC library calls an error of the application.
const APPLICATION_ERROR = 4466;
// The one request whose method has another name in the WebAssembly build.
const RENAMED = { getDatabaseVersion: "version" };

/** @param {{datamodels: string[], datasource: {url?: string, shadowDatabaseUrl?: string}}} asked */
export async function serve({ datamodels, datasource }) {
  log("INFO", { message: "Starting schema engine RPC server" });
  const refused = { script: undefined };
  let engine;
  const start = () => {
    const files = datamodels.map((path) => ({ path, content: fs.readFileSync(path, "utf8") }));
    const factory = adapterFactory(datasource.url, {
      shadowUrl: datasource.shadowDatabaseUrl,
      onScriptError: (error) => { refused.script = error; },
    });
    return startEngine(files, factory);
  };
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const { id, method, params } = JSON.parse(line);
    if (method === undefined) continue; // the CLI's answer to a `print`
    refused.script = undefined;
    try {
      engine ??= await start();
      send({ id, result: plain(show(method, await call(engine, method, params))) });
    } catch (error) {
      const data = { is_panic: false, ...requestFailure(error, method, refused.script) };
      send({ id, error: { code: APPLICATION_ERROR, message: "An error happened: see the data field.", data } });
    }
  }
  process.exit(0); // the session ends with the process, and with it the lock
}

async function call(engine, method, params) {
  const name = RENAMED[method] ?? method;
  if (typeof engine[name] !== "function") throw new Error(`this engine does not know the request ${method}`);
  return engine[name](params);
}

/** The native engine lets the CLI print a comparison; the WebAssembly build returns the text. */
function show(method, result) {
  if (method !== "diff" || !result?.stdout) return result;
  const { stdout, ...rest } = result;
  send({ id: 1, method: "print", params: { content: stdout.replace(/\n$/, "") } });
  return rest;
}

/** JSON has neither maps nor big integers. */
function plain(result) {
  const convert = (_, value) =>
    value instanceof Map ? Object.fromEntries(value) : typeof value === "bigint" ? Number(value) : value;
  return JSON.parse(JSON.stringify(result ?? null, convert));
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}
