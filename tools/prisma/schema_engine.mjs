#!/usr/bin/env node
// Stands where the Prisma CLI expects its native schema engine (PRISMA_SCHEMA_ENGINE_BINARY), for machines that cannot
// download that one. It speaks the CLI's contract (arguments, then JSON-RPC over stdin and stdout) and lets Prisma's
// own engine, in its WebAssembly build from the npm registry, decide everything. It decides nothing by itself.
//
// Where it differs from the native engine:
// - A script is sent as one simple query: all of it or nothing, unless it says COMMIT. Native engines from 7.4 on send
//   its statements one by one.
// - TLS is verify-full, or refused; only a server on this machine may do without. The native engine takes what it gets.
// - P3018 names the migration and repeats the server's message, without the excerpt of the script.
// - The engine's own log is not passed on, and of the sub-commands only those that the CLI uses are known.
// - PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK is not looked at.
//
// The CLI hands over the database's URL, its password included, as an argument (--datasource), where other accounts of
// the machine may read it while a command runs. That is the CLI's contract with any engine; nothing is added to it, and
// nothing here repeats the URL or the password.
import { readArguments } from "./engine/arguments.mjs";
import { runCommand } from "./engine/commands.mjs";
import { log } from "./engine/log.mjs";
import { serve } from "./engine/rpc.mjs";
import { engineVersion } from "./engine/webassembly.mjs";

let asked;
try {
  asked = readArguments(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
// The CLI ends an engine that it no longer needs with SIGTERM, and takes any other exit code for a crash.
process.on("SIGTERM", () => process.exit(0));
// The WebAssembly build raises some of its complaints where no request waits for them. To the CLI, 101 is a crash.
process.on("uncaughtException", ({ message }) => {
  log("ERROR", { is_panic: true, message });
  process.exit(101);
});

if (asked.version) process.stdout.write(`schema-engine-cli ${engineVersion()}\n`);
else if (asked.command !== undefined) process.exitCode = await runCommand(asked.command, asked.datasource);
else await serve(asked);
