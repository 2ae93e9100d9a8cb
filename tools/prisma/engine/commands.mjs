// The commands that the CLI runs beside its requests: can the database be reached, create it, drop it.
import pg from "pg";
import { connectionFailure } from "./failures.mjs";
import { log } from "./log.mjs";
import { settingsFor } from "./session.mjs";

const COMMANDS = {
  "can-connect-to-database": async (settings) => {
    await within(settings, async () => {});
    return "Connection successful";
  },
  "create-database": async (settings) => {
    await beside(settings, `CREATE DATABASE ${pg.escapeIdentifier(settings.database)}`);
    return `Database '${settings.database}' was successfully created.`;
  },
  "drop-database": async (settings) => {
    await beside(settings, `DROP DATABASE ${pg.escapeIdentifier(settings.database)}`);
    return "The database was successfully dropped.";
  },
};

async function within(settings, work) {
  const client = new pg.Client(settings);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Run a statement in the server's database `postgres`, because no statement creates the database it runs in. */
function beside(settings, statement) {
  return within({ ...settings, database: "postgres" }, (client) => client.query(statement));
}

/**
 * @param {string} name
 * @param {{url?: string}} datasource
 * @returns {Promise<number>} the exit code; what happened is on stderr
 */
export async function runCommand(name, datasource) {
  log("INFO", { message: "Starting schema engine CLI" }); // the CLI skips the first line
  let settings;
  try {
    if (!Object.hasOwn(COMMANDS, name)) throw new Error(`there is no command ${name}`);
    settings = settingsFor(datasource.url);
    log("INFO", { message: await COMMANDS[name](settings) });
    return 0;
  } catch (error) {
    const { code, message } = connectionFailure(error, settings);
    log("ERROR", { is_panic: false, error_code: code, message });
    return 1;
  }
}
