// How much of everything there is at a scale, and which row belongs to which tenant. Pure arithmetic: row i of a
// table belongs to tenant i modulo the number of tenants, so every module finds every other module's rows without
// asking a database or remembering them.

/** The day on which the sample data ends. Nothing in a seed depends on the day on which it runs. */
export const LAST_DAY = Date.UTC(2026, 10, 1);

export const DAY = 24 * 60 * 60 * 1000; // milliseconds

/** How long orders have been coming in, in days; people and products were there before. */
export const DAYS_OF_ORDERS = 180;
export const DAYS_BEFORE_ORDERS = 365;

const TENANTS = 3;
const USERS = 60;
const PRODUCTS = 60;
const ORDERS = 300;

/** @typedef {{tenants: number, users: number, products: number, orders: number}} Plan */

/**
 * Rows grow with the scale; tenants with its square root, so that both their number and their size grow.
 *
 * @param {number} scale
 * @returns {Plan}
 */
export function planFor(scale) {
  return {
    tenants: Math.round(TENANTS * Math.sqrt(scale)),
    users: USERS * scale,
    products: PRODUCTS * scale,
    orders: ORDERS * scale,
  };
}

/** The tenant of row `index`. */
export function tenantOf(plan, index) {
  return index % plan.tenants;
}

/** How many of `total` rows belong to a tenant. */
export function shareOf(plan, total, tenant) {
  return Math.ceil((total - tenant) / plan.tenants);
}

/** The number of a tenant's `position`-th row in its table. */
export function rowOf(plan, tenant, position) {
  return tenant + plan.tenants * position;
}
