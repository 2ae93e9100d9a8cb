// Reads what a person asked for from arguments and environment. Pure: it looks at what it is given and connects to
// nothing.
import { parseArgs } from "node:util";
import { InputError } from "./errors.mjs";

/** The largest scale: about 200 million rows. A larger number is a slip of the hand. */
export const LARGEST_SCALE = 100_000;

export const USAGE = `Seeds the database of DATABASE_URL with test users, sample products and example orders.

  pnpm prisma db seed                          about 2,000 rows
  pnpm prisma db seed -- --scale 1000          about 2 million rows
  pnpm prisma db seed -- --allow-production NAME

Options:
  --scale N                 how much: 1 (default) to ${LARGEST_SCALE}; or SEED_SCALE in the environment
  --allow-production NAME   seed although this may be a production database; NAME is the database's own name
  --help                    this text

The same scale always gives the same rows, byte for byte. Running it again replaces the tenants that an earlier seed
made, whatever its scale, and touches no other tenant. All of it is one transaction.`;

function parseScale(text, source) {
  const scale = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(scale >= 1 && scale <= LARGEST_SCALE)) {
    throw new InputError(`${source}: ${JSON.stringify(text)} is not a scale. Give a whole number from 1 to ${LARGEST_SCALE}.`);
  }
  return scale;
}

/**
 * @param {string[]} words the arguments after the program's name
 * @param {Record<string, string | undefined>} environment
 * @returns {{help: boolean, scale: number, allowProduction: string | undefined}}
 */
export function readOptions(words, environment) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        scale: { type: "string" },
        "allow-production": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new InputError(`${error.message.split(". ")[0]}. The options are --scale N, --allow-production NAME and --help.`);
  }
  return {
    help: values.help ?? false,
    scale:
      values.scale !== undefined
        ? parseScale(values.scale, "--scale")
        : parseScale(environment.SEED_SCALE ?? "1", "SEED_SCALE"),
    allowProduction: values["allow-production"],
  };
}
