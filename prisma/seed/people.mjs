// The rows of tenants, users, roles and user_roles. Every function gives the same row for the same number.
import { DAY, DAYS_BEFORE_ORDERS, DAYS_OF_ORDERS, LAST_DAY, tenantOf } from "./plan.mjs";
import { rowId, Stream } from "./random.mjs";
import { COMPANIES, FAMILY_NAMES, GIVEN_NAMES, PLANS, ROLES } from "./words.mjs";

const FOUNDED = LAST_DAY - (DAYS_OF_ORDERS + 2 * DAYS_BEFORE_ORDERS) * DAY;
const FIRST_USER = LAST_DAY - (DAYS_OF_ORDERS + DAYS_BEFORE_ORDERS) * DAY;

export function company(tenant) {
  const [name, country, currency, locale, timezone] = COMPANIES[tenant % COMPANIES.length];
  const branch = Math.floor(tenant / COMPANIES.length);
  return { name: branch === 0 ? name : `${name} ${branch + 1}`, country, currency, locale, timezone };
}

export const tenantId = (tenant) => rowId("tenants", tenant, FOUNDED + tenant * 60_000);

function userMoment(index) {
  return FIRST_USER + new Stream("users.created", index).between(0, DAYS_BEFORE_ORDERS * DAY - 1);
}

export const userId = (index) => rowId("users", index, userMoment(index));

const roleId = (tenant, role) => rowId("roles", tenant * ROLES.length + role, FOUNDED + tenant * 60_000);

/** Lower-case ASCII, for the part of an address before the @. */
const plain = (text) => text.normalize("NFD").replace(/[^A-Za-z]/g, "").toLowerCase();

function* tenants(plan) {
  for (let tenant = 0; tenant < plan.tenants; tenant += 1) {
    const { name, country } = company(tenant);
    const moment = new Date(FOUNDED + tenant * 60_000);
    // "seed" is how the next seed knows whose tenants it may replace.
    const attributes = { seed: true, country, plan: new Stream("tenants", tenant).pick(PLANS) };
    yield [tenantId(tenant), name, attributes, moment, moment];
  }
}

function* users(plan) {
  for (let index = 0; index < plan.users; index += 1) {
    const tenant = tenantOf(plan, index);
    const stream = new Stream("users", index);
    const given = stream.pick(GIVEN_NAMES);
    const family = stream.pick(FAMILY_NAMES);
    const { name, locale, timezone } = company(tenant);
    const moment = new Date(userMoment(index));
    yield [
      tenantId(tenant),
      userId(index),
      `${plain(given)}.${plain(family)}.${index + 1}@${plain(name)}.example`,
      `${given} ${family}`,
      stream.chance(0.03) ? "suspended" : "active",
      { locale, timezone, newsletter: stream.chance(0.4) },
      moment,
      moment,
    ];
  }
}

function* roles(plan) {
  for (let tenant = 0; tenant < plan.tenants; tenant += 1) {
    const moment = new Date(FOUNDED + tenant * 60_000);
    for (const [role, [name, description]] of ROLES.entries()) {
      yield [tenantId(tenant), roleId(tenant, role), name, description, moment, moment];
    }
  }
}

function* userRoles(plan) {
  for (let index = 0; index < plan.users; index += 1) {
    const tenant = tenantOf(plan, index);
    const stream = new Stream("user_roles", index);
    for (const [role, [, , share]] of ROLES.entries()) {
      // The first user of every tenant is its administrator: somebody has to be.
      if (stream.chance(share) || (role === 0 && index < plan.tenants)) {
        yield [tenantId(tenant), userId(index), roleId(tenant, role), new Date(userMoment(index))];
      }
    }
  }
}

/** @param {import("./plan.mjs").Plan} plan */
export const peopleTables = (plan) => [
  { name: "tenants", columns: ["tenant_id", "name", "attributes", "created_at", "updated_at"], rows: () => tenants(plan) },
  {
    name: "users",
    columns: ["tenant_id", "id", "email", "display_name", "status", "attributes", "created_at", "updated_at"],
    rows: () => users(plan),
  },
  { name: "roles", columns: ["tenant_id", "id", "name", "description", "created_at", "updated_at"], rows: () => roles(plan) },
  { name: "user_roles", columns: ["tenant_id", "user_id", "role_id", "granted_at"], rows: () => userRoles(plan) },
];
