// Replaces what an earlier seed left with what this one makes, in one transaction: whoever looks sees the rows of
// before or those of after, and a seed that is interrupted leaves no trace. It needs SELECT, INSERT and DELETE, so
// the application's own login will do; it creates, alters and truncates nothing.
import { catalogueTables } from "./catalogue.mjs";
import { copyRows } from "./copy.mjs";
import { SeedError } from "./errors.mjs";
import { refuseProduction } from "./guard.mjs";
import { orderTables } from "./orders.mjs";
import { peopleTables } from "./people.mjs";
import { planFor } from "./plan.mjs";

/** Every table at a scale, parents before children. */
export function tablesFor(scale) {
  const plan = planFor(scale);
  return [...peopleTables(plan), ...catalogueTables(plan), ...orderTables(plan)];
}

async function removeEarlierSeed(client, tables) {
  const { rows } = await client.query(`SELECT tenant_id FROM tenants WHERE attributes @> '{"seed": true}'`);
  if (rows.length === 0) return;
  const tenants = rows.map((row) => row.tenant_id);
  for (const table of tables.toReversed()) {
    await client.query(`DELETE FROM "${table.name}" WHERE tenant_id = ANY ($1)`, [tenants]);
  }
}

async function inOneTransaction(client, work) {
  await client.query("BEGIN");
  try {
    await work();
    await client.query("COMMIT");
  } catch (error) {
    // The first error is the one worth telling; if the connection is gone, the server rolls back by itself.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/**
 * @param {import("pg").Client} client connected, in no transaction
 * @param {object} request
 * @param {number} request.scale
 * @param {string | undefined} request.allowProduction
 * @param {string} request.host
 * @param {Record<string, string | undefined>} request.environment the environment variables
 * @param {import("./progress.mjs").Progress} progress
 * @throws {import("./errors.mjs").RefusedError} it may be a production database
 * @throws {SeedError} the migrations are not applied
 */
export async function load(client, request, progress) {
  const { rows } = await client.query(
    `SELECT datname AS database, shobj_description(oid, 'pg_database') AS comment,
            to_regclass('tenants') IS NOT NULL AND to_regclass('audit_logs') IS NOT NULL AS migrated
       FROM pg_database WHERE datname = current_database()`,
  );
  const [{ database, comment, migrated }] = rows;
  refuseProduction({ ...request, database, comment });
  if (!migrated) {
    throw new SeedError(`Database "${database}" has no tables yet. Apply prisma/migrations first, then seed again.`);
  }
  const tables = tablesFor(request.scale);
  await inOneTransaction(client, async () => {
    // A large seed takes longer than any request may; two at once take turns.
    await client.query("SET LOCAL statement_timeout = 0");
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('datatier seed', 0))");
    await removeEarlierSeed(client, tables);
    for (const table of tables) {
      progress.start(table.name);
      await copyRows(client, table, (count) => progress.add(count));
      progress.finish();
    }
  });
}
