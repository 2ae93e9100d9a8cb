// The rows of orders, order_items and audit_logs. An order is worked out again wherever it is needed (its items, its
// history), and never kept.
import { productId, productPrice } from "./catalogue.mjs";
import { company, tenantId, userId } from "./people.mjs";
import { DAY, DAYS_OF_ORDERS, LAST_DAY, rowOf, shareOf, tenantOf } from "./plan.mjs";
import { rowId, Stream } from "./random.mjs";
import { CHANNELS } from "./words.mjs";

const FIRST_ORDER = LAST_DAY - DAYS_OF_ORDERS * DAY;
const MOST_LINES = 4;

function statusAt(age, stream) {
  if (stream.chance(0.06)) return "cancelled";
  if (age < DAY) return stream.chance(0.5) ? "pending" : "paid";
  if (age < 3 * DAY) return "paid";
  if (age < 8 * DAY) return "shipped";
  return stream.chance(0.02) ? "refunded" : "delivered";
}

function orderAt(plan, index) {
  const stream = new Stream("orders", index);
  const tenant = tenantOf(plan, index);
  // Evenly over the time, in the order of their numbers, as orders come in.
  const moment = FIRST_ORDER + Math.floor((DAYS_OF_ORDERS * DAY * (index + stream.fraction())) / plan.orders);
  const status = statusAt(LAST_DAY - moment, stream);
  // Some people order often, most seldom.
  const person = Math.floor(shareOf(plan, plan.users, tenant) * stream.fraction() ** 2);
  return {
    tenant,
    id: rowId("orders", index, moment),
    user: rowOf(plan, tenant, person),
    moment: new Date(moment),
    changed: new Date(status === "pending" ? moment : moment + Math.floor(Math.min(5 * DAY, LAST_DAY - moment) * stream.fraction())),
    status,
    channel: stream.pick(CHANNELS),
  };
}

function* orders(plan) {
  for (let index = 0; index < plan.orders; index += 1) {
    const order = orderAt(plan, index);
    const { currency } = company(order.tenant);
    yield [
      tenantId(order.tenant),
      order.id,
      userId(order.user),
      order.status,
      currency,
      { channel: order.channel },
      order.moment,
      order.changed,
    ];
  }
}

function* orderItems(plan) {
  for (let index = 0; index < plan.orders; index += 1) {
    const { tenant, id } = orderAt(plan, index);
    const stream = new Stream("order_items", index);
    const range = shareOf(plan, plan.products, tenant);
    const first = stream.between(0, range - 1);
    // A stride of less than a quarter of the range never comes back to the same product within four lines.
    const stride = stream.between(1, Math.floor((range - 1) / MOST_LINES));
    const lines = stream.between(1, MOST_LINES);
    for (let line = 0; line < lines; line += 1) {
      const product = rowOf(plan, tenant, (first + line * stride) % range);
      const quantity = stream.chance(0.8) ? 1 : stream.between(2, 6);
      yield [tenantId(tenant), id, line + 1, productId(product), quantity, productPrice(product), stream.chance(0.1) ? { gift_wrap: true } : {}];
    }
  }
}

function* auditLogs(plan) {
  for (let index = 0; index < plan.orders; index += 1) {
    const { tenant, id, user, status, moment, changed } = orderAt(plan, index);
    const entry = (step, actor, action, changes, at) => [
      tenantId(tenant),
      rowId("audit_logs", 2 * index + step, at.getTime()),
      actor,
      action,
      "order",
      id,
      changes,
      at,
    ];
    yield entry(0, userId(user), "order.created", { status: [null, "pending"] }, moment);
    if (status !== "pending") yield entry(1, null, "order.status_changed", { status: ["pending", status] }, changed);
  }
}

/** @param {import("./plan.mjs").Plan} plan */
export const orderTables = (plan) => [
  {
    name: "orders",
    columns: ["tenant_id", "id", "user_id", "status", "currency", "attributes", "created_at", "updated_at"],
    rows: () => orders(plan),
  },
  {
    name: "order_items",
    columns: ["tenant_id", "order_id", "line_number", "product_id", "quantity", "unit_price", "attributes"],
    rows: () => orderItems(plan),
  },
  {
    name: "audit_logs",
    columns: ["tenant_id", "id", "actor_id", "action", "entity_type", "entity_id", "changes", "occurred_at"],
    rows: () => auditLogs(plan),
  },
];
