// What an application does with the generated client: reads a tenant with its people and their orders, and writes a
// row that the database fills in. Prints what it saw as JSON. The client's folder is the first argument.
import { PrismaPg } from "@prisma/adapter-pg";

const { PrismaClient } = await import(`${process.argv[2]}/client.ts`);
const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });

const order = await client.order.findFirstOrThrow({
  include: { user: { include: { tenant: true } }, items: { include: { product: true } } },
  orderBy: { createdAt: "desc" },
});
const added = await client.tenant.create({ data: { name: "Made by the client" } });
await client.tenant.delete({ where: { id: added.id } });
await client.$disconnect();

process.stdout.write(
  JSON.stringify({
    tenants: [order.tenantId, order.user.tenant.id, ...order.items.map((item) => item.product.tenantId)],
    price: order.items[0].unitPrice.toFixed(2),
    attributes: added.attributes,
    id: added.id,
  }),
);
