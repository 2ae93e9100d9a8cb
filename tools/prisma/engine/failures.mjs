// Turns what went wrong into Prisma's codes and messages, as the CLI prints them. No message holds a URL or a password.
import { InputError } from "../../../prisma/seed/errors.mjs";

/**
 * @param {Error & {code?: string}} error what `pg` raised while connecting, or what the URL's reader did
 * @param {{host: string, port: number, user: string, database: string}} [target]
 * @returns {{code: string, message: string}}
 */
export function connectionFailure(error, target) {
  if (error instanceof InputError || target === undefined) {
    return { code: "P1013", message: `The provided database string is invalid. ${error.message}` };
  }
  const { host, port, user, database } = target;
  switch (error.code) {
    case "3D000":
      return { code: "P1003", message: `Database \`${database}\` does not exist` };
    case "28P01":
      return { code: "P1000", message: `Authentication failed: the credentials for \`${user}\` are not valid.` };
    case "28000": // refused before any password: no such way in, or none without TLS
    case "42501":
      return { code: "P1010", message: `User \`${user}\` was denied access to \`${database}\`: ${error.message}` };
    case "42P04":
      return { code: "P1009", message: `Database \`${database}\` already exists on the database server` };
    default:
      return { code: "P1001", message: `Can't reach database server at \`${host}:${port}\`: ${error.message}` };
  }
}

/**
 * What the CLI shows for a request that failed.
 *
 * @param {Error & {code?: string, meta?: unknown}} error as the engine raised it
 * @param {string} method the request
 * @param {(Error & {code?: string}) | undefined} scriptError what the server said to the last script
 * @returns {{error_code?: string, message: string, meta?: unknown}}
 */
export function requestFailure(error, method, scriptError) {
  if (error.code === undefined && method === "applyMigrations" && scriptError !== undefined) {
    const name = /migration_name="([^"]+)"/.exec(error.message)?.[1];
    return { error_code: "P3018", message: migrationFailed(name, scriptError) };
  }
  return { error_code: error.code, message: error.message ?? String(error), meta: error.meta };
}

function migrationFailed(name, { code, message }) {
  return `A migration failed to apply. New migrations cannot be applied before the error is recovered from.

Migration name: ${name}

Database error code: ${code}

Database error:
ERROR: ${message}
`;
}
