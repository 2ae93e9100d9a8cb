// Asks Prisma's own engine (its WebAssembly build, from the npm registry) for the SQL that would make the database
// of DATABASE_URL agree with a Prisma schema file. Prints that SQL, or nothing where the two agree. It reads the
// database's catalog and changes nothing.
//
// Usage: node prisma_diff.mjs <schema.prisma>      exit 0: they agree, 2: they differ, 1: the question failed
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as engineBindings from "@prisma/schema-engine-wasm/schema_engine_bg";

// Catalog columns have types that the adapter refuses. By object id of the type: "char" and name, and arrays of them,
// arrive as text.
const TEXT_FOR_CATALOG_TYPE = new Map([[18, 25], [19, 25], [1002, 1009], [1003, 1009]]);

// Where the engine leaves the message of a failure of its own.
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    process.stderr.write(`Prisma's engine failed: ${message}\n`);
  },
};

async function startEngine(url, schema) {
  const folder = path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(path.join(folder, "schema_engine_bg.wasm")), {
    "./schema_engine_bg.js": engineBindings,
  });
  engineBindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();

  const connect = async () => {
    const adapter = await new PrismaPg({ connectionString: url, max: 1 }).connect();
    const query = adapter.client.query.bind(adapter.client);
    adapter.client.query = async (...parameters) => {
      const result = await query(...parameters);
      for (const field of result.fields ?? []) {
        field.dataTypeID = TEXT_FOR_CATALOG_TYPE.get(field.dataTypeID) ?? field.dataTypeID;
      }
      return result;
    };
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (statement) => {
      const result = await queryRaw(statement);
      // The one column that the engine insists on reading as a character.
      const position = result.columnNames.indexOf("constraint_type");
      if (position >= 0) result.columnTypes[position] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect,
    connectToShadowDb: () => Promise.reject(new Error("this comparison needs no shadow database")),
  });
  return engineBindings.SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => {}, factory);
}

const [schemaPath] = process.argv.slice(2);
const url = process.env.DATABASE_URL;
const schema = { path: schemaPath, content: fs.readFileSync(schemaPath, "utf8") };
const engine = await startEngine(url, schema);
const difference = await engine.diff({
  // "schemaDatasource": the database that the schema file is for, as the connection above reaches it.
  from: { tag: "schemaDatasource", files: [schema], configDir: path.dirname(schemaPath) },
  to: { tag: "schemaDatamodel", files: [schema] },
  script: true,
  exitCode: true,
  shadowDatabaseUrl: null,
  filters: { externalTables: [], externalEnums: [] },
});
if (difference.exitCode !== 0) process.stdout.write(difference.stdout ?? "");
process.exit(difference.exitCode);
