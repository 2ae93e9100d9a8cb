// `pnpm prisma db seed`: test users, sample products and example orders for the database of DATABASE_URL. This file
// reads the request, opens the connection and says how it went; load.mjs does the work.
import pg from "pg";
import { connectionSettings } from "./connection.mjs";
import { SeedError } from "./errors.mjs";
import { load } from "./load.mjs";
import { readOptions, USAGE } from "./options.mjs";
import { Progress } from "./progress.mjs";

function explain(error, settings) {
  if (error instanceof SeedError) return [error.message, error.exitCode];
  const where = settings === undefined ? "" : `${settings.host}:${settings.port}, database "${settings.database}": `;
  // Of a server's error the primary message only: its detail may quote a row.
  return [`${where}${error.message || error.code}`, 1];
}

async function main() {
  let settings;
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options.help) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    settings = connectionSettings(process.env);
    const client = new pg.Client(settings);
    // A connection that breaks rejects the query under way; this keeps the same news from ending the program twice.
    client.on("error", () => undefined);
    await client.connect();
    try {
      const progress = new Progress(process.stderr);
      await load(client, { ...options, host: settings.host, environment: process.env }, progress);
      process.stderr.write(`Seeded database "${settings.database}" at scale ${options.scale}: ${progress.total.toLocaleString("en")} rows.\n`);
    } finally {
      await client.end();
    }
    return 0;
  } catch (error) {
    const [message, exitCode] = explain(error, settings);
    process.stderr.write(`seed: ${message}\n`);
    return exitCode;
  }
}

process.exitCode = await main();
