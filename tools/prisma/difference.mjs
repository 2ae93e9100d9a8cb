// Asks Prisma's own engine for the SQL that would make the database of DATABASE_URL agree with a Prisma schema file.
// Prints that SQL, or nothing where the two agree. It reads the database's catalog and changes nothing.
//
// Usage: node difference.mjs SCHEMA.PRISMA      exit 0: they agree, 2: they differ, 1: the question failed
import fs from "node:fs";
import path from "node:path";
import { adapterFactory } from "./engine/session.mjs";
import { startEngine } from "./engine/webassembly.mjs";

const [schemaPath] = process.argv.slice(2);
try {
  const schema = { path: schemaPath, content: fs.readFileSync(schemaPath, "utf8") };
  const engine = await startEngine([schema], adapterFactory(process.env.DATABASE_URL));
  const difference = await engine.diff({
    // "schemaDatasource": the database that the schema file is for, as the connection above reaches it.
    from: { tag: "schemaDatasource", files: [schema], configDir: path.dirname(schemaPath) },
    to: { tag: "schemaDatamodel", files: [schema] },
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  if (difference.exitCode !== 0) fs.writeSync(1, difference.stdout ?? "");
  process.exit(difference.exitCode);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
