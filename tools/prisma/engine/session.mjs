// Gives the engine one PostgreSQL session for all that it does: the migration lock and the search path live in one.
// It reads the catalog's types as the engine can take them, and sends a script as one simple query.
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { connectionSettings } from "../../../prisma/seed/connection.mjs";

// Catalog columns have types that the adapter refuses. By object id of the type: "char" and name, and arrays of them,
// arrive as text.
const TEXT_FOR_CATALOG_TYPE = new Map([[18, 25], [19, 25], [1002, 1009], [1003, 1009]]);
// The one catalog column that the engine insists on reading as a character.
const CHARACTER_COLUMN = "constraint_type";

/** Settings for one connection to `url`: verified TLS, or none on this machine. Throws InputError. */
export function settingsFor(url) {
  return { ...connectionSettings({ DATABASE_URL: url }), application_name: "prisma schema engine" };
}

/** A pool with one session that nobody else gets and that errors do not replace. */
class OneSession extends pg.Pool {
  #session;

  constructor(settings) {
    super({ ...settings, max: 1, idleTimeoutMillis: 0 });
  }

  async query(...parameters) {
    this.#session ??= await super.connect();
    const result = await this.#session.query(...parameters);
    for (const field of result?.fields ?? []) {
      field.dataTypeID = TEXT_FOR_CATALOG_TYPE.get(field.dataTypeID) ?? field.dataTypeID;
    }
    return result;
  }

  async end() {
    this.#session?.release();
    this.#session = undefined;
    await super.end();
  }
}

/** What the engine calls a driver adapter, over one session. `onScriptError` hears when the server refuses a script. */
async function openAdapter(settings, schema, onScriptError) {
  const pool = new OneSession(settings);
  const adapter = await new PrismaPg(pool, { schema, disposeExternalPool: true }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const position = result.columnNames.indexOf(CHARACTER_COLUMN);
    if (position >= 0) result.columnTypes[position] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      onScriptError(error);
      adapter.onError(error);
    }
  };
  try {
    await pool.query(`SET search_path = ${pg.escapeIdentifier(schema)}`);
  } catch (error) {
    await pool.end();
    adapter.onError(error);
  }
  return adapter;
}

/**
 * @param {string} url the database's
 * @param {{shadowUrl?: string, onScriptError?: (error: Error) => void}} [options] without a `shadowUrl`, a shadow
 *   database is created beside the database when the engine asks for one, and dropped again
 * @returns {object} the factory that the engine takes its sessions from
 */
export function adapterFactory(url, { shadowUrl, onScriptError = () => {} } = {}) {
  const settings = settingsFor(url);
  const schema = new URL(url).searchParams.get("schema") ?? "public";
  return bindMigrationAwareSqlAdapterFactory({
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => openAdapter(settings, schema, onScriptError),
    connectToShadowDb: () =>
      shadowUrl === undefined
        ? openNewShadow(settings, onScriptError)
        : openEmptied(settingsFor(shadowUrl), onScriptError),
  });
}

async function openNewShadow(settings, onScriptError) {
  const beside = new pg.Client(settings);
  await beside.connect();
  const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
  await beside.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  const shadow = await openAdapter({ ...settings, database }, "public", onScriptError);
  shadow.dispose = async () => {
    await shadow.underlyingDriver().end();
    await beside.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`);
    await beside.end();
  };
  return shadow;
}

async function openEmptied(settings, onScriptError) {
  const shadow = await openAdapter(settings, "public", onScriptError);
  await shadow.underlyingDriver().query("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public");
  return shadow;
}
