// The rows of categories, products and product_categories. Every function gives the same row for the same number.
import { DAY, DAYS_BEFORE_ORDERS, DAYS_OF_ORDERS, LAST_DAY, tenantOf } from "./plan.mjs";
import { company, tenantId } from "./people.mjs";
import { rowId, Stream } from "./random.mjs";
import { BENEFITS, CATEGORIES, COLOURS, MATERIALS, QUALITIES } from "./words.mjs";

const OPENED = LAST_DAY - (DAYS_OF_ORDERS + DAYS_BEFORE_ORDERS) * DAY;

/** Every category in an order in which a parent comes before its children: [name, parent's position or null, things]. */
const TREE = CATEGORIES.flatMap(([name, children]) => [
  { name, parent: null, things: [] },
  ...Object.entries(children).map(([child, things]) => ({ name: child, parent: name, things })),
]);
const LEAVES = TREE.flatMap(({ things }, position) => (things.length > 0 ? [position] : []));
const positionOf = (name) => TREE.findIndex((category) => category.name === name);

const categoryId = (tenant, position) => rowId("categories", tenant * TREE.length + position, OPENED);

function productMoment(index) {
  return OPENED + new Stream("products.created", index).between(0, DAYS_BEFORE_ORDERS * DAY - 1);
}

export const productId = (index) => rowId("products", index, productMoment(index));

/** A product's price, as text with two decimals: most things are cheap, a few are dear. */
export function productPrice(index) {
  const fraction = new Stream("products.price", index).fraction();
  return `${Math.floor(4 + 320 * fraction ** 3)}.${index % 2 === 0 ? "95" : "50"}`;
}

const leafOf = (index) => new Stream("products.category", index).pick(LEAVES);

function* categories(plan) {
  const moment = new Date(OPENED);
  for (let tenant = 0; tenant < plan.tenants; tenant += 1) {
    for (const [position, { name, parent }] of TREE.entries()) {
      const slug = (parent === null ? name : `${parent}-${name}`).toLowerCase();
      const parentId = parent === null ? null : categoryId(tenant, positionOf(parent));
      yield [tenantId(tenant), categoryId(tenant, position), parentId, name, slug, moment, moment];
    }
  }
}

function* products(plan) {
  for (let index = 0; index < plan.products; index += 1) {
    const tenant = tenantOf(plan, index);
    const stream = new Stream("products", index);
    const { name: category, things } = TREE[leafOf(index)];
    const [thing, quality, material, colour] = [stream.pick(things), stream.pick(QUALITIES), stream.pick(MATERIALS), stream.pick(COLOURS)];
    const title = `${quality} ${material} ${thing}`;
    const moment = new Date(productMoment(index));
    yield [
      tenantId(tenant),
      productId(index),
      `${category.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(7, "0")}`,
      title[0].toUpperCase() + title.slice(1),
      `A ${quality} ${thing} in ${colour} ${material}: ${stream.pick(BENEFITS)}.`,
      productPrice(index),
      company(tenant).currency,
      stream.chance(0.04) ? "retired" : "active",
      { colour, material, weight_grams: stream.between(80, 9000) },
      moment,
      moment,
    ];
  }
}

function* productCategories(plan) {
  for (let index = 0; index < plan.products; index += 1) {
    const tenant = tenantOf(plan, index);
    const leaf = leafOf(index);
    yield [tenantId(tenant), productId(index), categoryId(tenant, leaf)];
    yield [tenantId(tenant), productId(index), categoryId(tenant, positionOf(TREE[leaf].parent))];
  }
}

/** @param {import("./plan.mjs").Plan} plan */
export const catalogueTables = (plan) => [
  {
    name: "categories",
    columns: ["tenant_id", "id", "parent_id", "name", "slug", "created_at", "updated_at"],
    rows: () => categories(plan),
  },
  {
    name: "products",
    columns: ["tenant_id", "id", "sku", "name", "description", "price", "currency", "status", "attributes", "created_at", "updated_at"],
    rows: () => products(plan),
  },
  { name: "product_categories", columns: ["tenant_id", "product_id", "category_id"], rows: () => productCategories(plan) },
];
