// The seed's decisions, without a database: options, DATABASE_URL, the guard, the numbers and COPY's text.
import assert from "node:assert/strict";
import test from "node:test";
import { connectionSettings } from "../../../prisma/seed/connection.mjs";
import { copyText } from "../../../prisma/seed/copy.mjs";
import { InputError, RefusedError } from "../../../prisma/seed/errors.mjs";
import { refuseProduction } from "../../../prisma/seed/guard.mjs";
import { tablesFor } from "../../../prisma/seed/load.mjs";
import { readOptions } from "../../../prisma/seed/options.mjs";
import { planFor, rowOf, shareOf, tenantOf } from "../../../prisma/seed/plan.mjs";
import { Progress } from "../../../prisma/seed/progress.mjs";
import { rowId, Stream } from "../../../prisma/seed/random.mjs";

const REMOTE = "db.example.org:6543/shop";
const settingsFor = (url, environment = {}) => connectionSettings({ DATABASE_URL: url, ...environment });

test("the scale is 1 unless an argument, or else the environment, says otherwise", () => {
  assert.equal(readOptions([], {}).scale, 1);
  assert.equal(readOptions([], { SEED_SCALE: "7" }).scale, 7);
  assert.equal(readOptions(["--scale", "3"], { SEED_SCALE: "7" }).scale, 3);
});

for (const words of [["--scale", "0"], ["--scale", "1.5"], ["--scale", "many"], ["--scale", "100001"], ["--scale="], ["--size", "3"], ["3"]]) {
  test(`the arguments ${JSON.stringify(words)} are refused`, () => {
    assert.throws(() => readOptions(words, {}), InputError);
  });
}

test("a wrong scale in the environment is named as such", () => {
  assert.throws(() => readOptions([], { SEED_SCALE: "lots" }), /SEED_SCALE: "lots" is not a scale/);
});

for (const mode of ["require", "verify-ca", "verify-full"]) {
  test(`sslmode=${mode} verifies the authority and the server's name`, () => {
    const { ssl, host, port, database } = settingsFor(`postgresql://app:p@${REMOTE}?sslmode=${mode}`);
    assert.deepEqual([host, port, database], ["db.example.org", 6543, "shop"]);
    assert.equal(ssl.rejectUnauthorized, true);
    assert.equal(ssl.host, "db.example.org");
  });
}

for (const parameters of ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=allow"]) {
  test(`a connection to another machine with "${parameters}" could be plaintext, and is refused`, () => {
    assert.throws(() => settingsFor(`postgresql://app:p@${REMOTE}${parameters}`), /Add sslmode=verify-full/);
  });
}

test("a connection within this machine may be plaintext", () => {
  for (const host of ["localhost:5433", "127.0.0.9", "[::1]"]) {
    assert.equal(settingsFor(`postgresql://dev:p@${host}/app`).ssl, false);
  }
  assert.equal(settingsFor("postgresql://dev@localhost/app?host=/run/postgresql").host, "/run/postgresql");
});

test("a password with special characters arrives as it is", () => {
  assert.equal(settingsFor("postgresql://dev:p%40ss%3A%2F%25@localhost/app").password, "p@ss:/%");
});

for (const url of [undefined, "", "not a url secret", "mysql://u:secret@h/d", "postgresql://u:secret@/d?x", "postgresql://u:secret@h/"]) {
  test(`DATABASE_URL=${url} is refused with advice and without its password`, () => {
    assert.throws(() => settingsFor(url), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /^DATABASE_URL .*postgresql:\/\/login:password@host/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

test("an authority that cannot be read is named", () => {
  const url = `postgresql://u:p@${REMOTE}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`;
  assert.throws(() => settingsFor(url), /\/nowhere\/ca\.pem cannot be read \(ENOENT\)/);
});

const OPEN = { database: "app", host: "127.0.0.1", comment: null, environment: {}, allowProduction: undefined };

test("a database on this machine, or one marked dev, may be seeded", () => {
  refuseProduction(OPEN);
  refuseProduction({ ...OPEN, host: "x.rds.amazonaws.com", comment: "The shop. datatier environment: dev" });
});

for (const [what, facts] of Object.entries({
  "is marked prod": { comment: "datatier environment: prod" },
  "is marked with a name nobody knows": { comment: "datatier environment: eu-live" },
  "is on RDS and unmarked": { host: "datatier-dev-primary.abc.us-east-1.rds.amazonaws.com" },
  "has a production host name": { host: "datatier-prod-primary.internal", comment: "datatier environment: dev" },
  "is reached from a production shell": { environment: { NODE_ENV: "production" } },
  "is reached from a shell for prod": { environment: { DATATIER_ENVIRONMENT: "prod" } },
})) {
  test(`a database that ${what} is refused until it is named`, () => {
    assert.throws(() => refuseProduction({ ...OPEN, ...facts }), RefusedError);
    assert.throws(() => refuseProduction({ ...OPEN, ...facts, allowProduction: "other" }), RefusedError);
    refuseProduction({ ...OPEN, ...facts, allowProduction: "app" });
  });
}

test("a row's numbers depend on its table and its number alone", () => {
  const numbers = (table, index) => {
    const stream = new Stream(table, index);
    return Array.from({ length: 4 }, () => stream.bits());
  };
  assert.deepEqual(numbers("users", 5), numbers("users", 5));
  assert.notDeepEqual(numbers("users", 5), numbers("users", 6));
  assert.notDeepEqual(numbers("users", 5), numbers("orders", 5));
});

test("a stream's fractions are spread evenly", () => {
  const tenths = new Array(10).fill(0);
  for (let index = 0; index < 10_000; index += 1) tenths[Math.floor(new Stream("t", index).fraction() * 10)] += 1;
  for (const count of tenths) assert.ok(count > 850 && count < 1150, `${tenths}`);
});

test("ids are version 7 UUIDs of their moment, and no two rows share one", () => {
  const moment = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const ids = new Set();
  for (let index = 0; index < 50_000; index += 1) ids.add(rowId("orders", index, moment));
  assert.equal(ids.size, 50_000);
  for (const id of [...ids].slice(0, 100)) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), moment);
  }
});

test("COPY's text keeps what would end a field or a row", () => {
  assert.equal(copyText("a\tb\nc\\d\re"), "a\\tb\\nc\\\\d\\re");
  assert.equal(copyText(null), "\\N");
  assert.equal(copyText("\\N"), "\\\\N");
  assert.equal(copyText({ say: 'a "b"\n' }), '{"say":"a \\\\"b\\\\"\\\\n"}');
  assert.equal(copyText(new Date(0)), "1970-01-01T00:00:00.000Z");
  assert.equal(copyText(0), "0");
});

test("a tenant's share of rows is exactly the rows that are its own", () => {
  const plan = planFor(17);
  const counts = new Array(plan.tenants).fill(0);
  for (let index = 0; index < plan.users; index += 1) counts[tenantOf(plan, index)] += 1;
  for (let tenant = 0; tenant < plan.tenants; tenant += 1) {
    assert.equal(shareOf(plan, plan.users, tenant), counts[tenant]);
    assert.equal(tenantOf(plan, rowOf(plan, tenant, counts[tenant] - 1)), tenant);
  }
});

test("rows fit their columns, are the same on every reading, and grow with the scale", () => {
  const count = (scale) => {
    let rows = 0;
    for (const table of tablesFor(scale)) {
      for (const row of table.rows()) {
        assert.equal(row.length, table.columns.length, table.name);
        assert.ok(!row.includes(undefined), table.name);
        rows += 1;
      }
    }
    return rows;
  };
  const one = count(1);
  assert.equal(count(1), one);
  assert.ok(count(10) > 9 * one && count(10) < 11 * one);
});

test("progress rewrites one line on a terminal and writes one a table elsewhere", () => {
  const lines = (isTTY) => {
    const written = [];
    const progress = new Progress({ isTTY, write: (text) => written.push(text) }, () => 0);
    progress.start("orders");
    progress.add(1200);
    progress.finish();
    return [written.join(""), progress.total];
  };
  assert.deepEqual(lines(false), ["  orders                      1,200 rows\n", 1200]);
  assert.match(lines(true)[0], /^\r.*\r.*1,200 rows\n$/);
});
