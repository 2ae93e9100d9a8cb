// What the Prisma CLI reads: where the schema, the migrations and the seed stand, and which database they are for.
// It holds no secret: the connection comes from the environment, and only commands that connect need it.
import { defineConfig } from "prisma/config";

// Prisma downloads its native schema engine before any command, also before those that never start it. For these
// the place of the engine is taken by a program that is certainly here, and nothing is downloaded; `migrate` and
// the others still get the real engine.
const WITHOUT_ENGINE = ["seed", "generate", "validate", "format"];
if (process.argv.slice(2, 4).some((word) => WITHOUT_ENGINE.includes(word))) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
}

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: {
    path: "prisma/migrations",
    seed: "node prisma/seed/main.mjs",
  },
  datasource: {
    url: process.env.DATABASE_URL ?? "",
  },
});
