// Turns DATABASE_URL into the settings of a connection. TLS is verified in full (the authority and the server's
// name) or not used at all, and then only on this machine: nothing in between, and never a fallback to plaintext.
// Nothing here puts the password, or the URL that holds it, into a message.
import fs from "node:fs";
import net from "node:net";
import { InputError } from "./errors.mjs";

/** Amazon's authorities for RDS, as the repository carries them for the Lambdas. */
const RDS_AUTHORITIES = new URL("../../lambdas/common/certificates/rds.pem", import.meta.url);

/** Modes that promise encryption; each is raised to verify-full, the only one that proves who answers. */
const ENCRYPTED_MODES = ["require", "verify-ca", "verify-full"];

const EXAMPLE = "postgresql://login:password@host:port/database?sslmode=verify-full&sslrootcert=/path/ca.pem";

function isLocal(host) {
  return host.startsWith("/") || host === "localhost" || host === "::1" || (net.isIPv4(host) && host.startsWith("127."));
}

function readAuthorities(path, host) {
  const isRds = host.endsWith(".rds.amazonaws.com");
  const file = path ?? (isRds ? RDS_AUTHORITIES : undefined);
  if (file === undefined) return undefined;
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    const name = file instanceof URL ? "lambdas/common/certificates/rds.pem" : file;
    throw new InputError(`DATABASE_URL: the certificate authority ${name} cannot be read (${error.code}). Correct sslrootcert.`);
  }
}

function tlsSettings(host, parameters, environment) {
  const mode = parameters.get("sslmode") ?? environment.PGSSLMODE ?? (isLocal(host) ? "disable" : undefined);
  if (mode === "disable" && isLocal(host)) return false;
  if (mode === undefined || !ENCRYPTED_MODES.includes(mode)) {
    throw new InputError(
      `DATABASE_URL: sslmode is ${mode ?? "missing"}, and ${host} is not this machine. Add sslmode=verify-full.`,
    );
  }
  const ca = readAuthorities(parameters.get("sslrootcert") ?? environment.PGSSLROOTCERT, host);
  // `host` makes Node compare the certificate with an IP address too; without it, it would expect "localhost".
  return { host, rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) };
}

/**
 * @param {Record<string, string | undefined>} environment
 * @returns {import("pg").ClientConfig & {host: string, database: string}}
 */
export function connectionSettings(environment) {
  const text = environment.DATABASE_URL;
  if (!text) throw new InputError(`DATABASE_URL is not set. Set it to ${EXAMPLE}.`);
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new InputError(`DATABASE_URL is not a URL. It reads ${EXAMPLE}; escape special characters in the password (%40 for @).`);
  }
  if (!["postgres:", "postgresql:"].includes(url.protocol)) {
    throw new InputError(`DATABASE_URL begins with ${url.protocol}//. It begins with postgresql://, as in ${EXAMPLE}.`);
  }
  const host = url.searchParams.get("host") ?? url.hostname.replace(/^\[|\]$/g, "");
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!host || !database || !url.username) {
    throw new InputError(`DATABASE_URL lacks a login, a host or a database. It reads ${EXAMPLE}.`);
  }
  return {
    host,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    ssl: tlsSettings(host, url.searchParams, environment),
    application_name: "datatier seed",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}
