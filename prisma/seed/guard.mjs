// Decides whether a database may be seeded. Pure: it judges facts that others have read.
//
// A seed replaces only the tenants that a seed made, so it destroys nothing of anybody's; but test users have no
// place among real ones, and a load of a million rows has none on a database that people wait for.
import { RefusedError } from "./errors.mjs";

/** Environments where a seed belongs, by the names in environments/*.toml and in common use. */
const OPEN_ENVIRONMENTS = ["dev", "development", "test", "local", "rehearsal", "ci"];

/**
 * The environment that a database says it belongs to, in its comment (COMMENT ON DATABASE): "datatier environment:
 * prod". A comment and not a setting of the database, because PostgreSQL 15 lets only a superuser store a setting of
 * an unknown name, and on RDS nobody is one.
 */
function environmentIn(comment) {
  return /(?:^|\s)datatier environment: (\S+)/.exec(comment ?? "")?.[1];
}

function reasonToRefuse({ comment, environment, host }) {
  const marker = environmentIn(comment);
  if (marker !== undefined && !OPEN_ENVIRONMENTS.includes(marker)) {
    return `its comment says "datatier environment: ${marker}"`;
  }
  for (const name of ["DATATIER_ENVIRONMENT", "NODE_ENV"]) {
    const value = environment[name]?.toLowerCase();
    if (value === "production" || value === "prod") return `${name} is ${value}`;
  }
  if (/^datatier-prod-/.test(host)) return `its host is ${host}`;
  if (marker === undefined && host.endsWith(".rds.amazonaws.com")) {
    return "it is on RDS and no comment on it says which environment it belongs to";
  }
  return undefined;
}

/**
 * @param {object} facts
 * @param {string} facts.database the database's name
 * @param {string} facts.host where it is
 * @param {string | null} facts.comment the comment on it; null where there is none
 * @param {Record<string, string | undefined>} facts.environment the environment variables
 * @param {string | undefined} facts.allowProduction the database's name, given by somebody who means it
 * @throws {RefusedError} it may be a production database and nobody named it
 */
export function refuseProduction(facts) {
  if (facts.allowProduction !== undefined && facts.allowProduction !== facts.database) {
    throw new RefusedError(
      `--allow-production names "${facts.allowProduction}", but the database is "${facts.database}". Nothing was changed.`,
    );
  }
  const reason = reasonToRefuse(facts);
  if (reason !== undefined && facts.allowProduction === undefined) {
    throw new RefusedError(
      `Database "${facts.database}" may be a production one: ${reason}. Nothing was changed. ` +
        `To seed it nevertheless, add: --allow-production ${facts.database}`,
    );
  }
}
