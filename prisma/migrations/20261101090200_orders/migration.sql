-- What was bought, by whom, at which price.
BEGIN;

-- An order holds no total: it is the sum of its items, and kept nowhere else.
CREATE TABLE orders (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL DEFAULT uuid_v7(),
    user_id    uuid NOT NULL,
    status     text NOT NULL DEFAULT 'pending',
    -- ISO 4217, as a product's.
    -- squawk-ignore ban-char-field
    currency   char(3) NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT orders_pkey PRIMARY KEY (tenant_id, id),
    -- Somebody who has ordered is suspended, not deleted.
    CONSTRAINT orders_user_fkey FOREIGN KEY (tenant_id, user_id)
        REFERENCES users (tenant_id, id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT orders_status_check
        CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
    CONSTRAINT orders_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT orders_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

-- One person's orders in one state.
CREATE INDEX idx_orders_user_status
ON orders(user_id, status);

-- The orders of one person. It stands after the index above on purpose: that one could serve these queries too, at
-- the same estimated cost, and of two equal indexes PostgreSQL takes the one made last. This one is a third smaller.
CREATE INDEX idx_orders_user_id ON orders(user_id);

-- The recent orders of everybody.
CREATE INDEX idx_orders_created_at ON orders(created_at);

-- One person's orders where the tenant is known, newest first, a page at a time; and the foreign key's own.
CREATE INDEX idx_orders_tenant_user ON orders(tenant_id, user_id, created_at DESC);

CREATE TABLE order_items (
    tenant_id   uuid NOT NULL,
    order_id    uuid NOT NULL,
    -- Counts the lines of one order, and quantity pieces on one line: neither comes near two thousand million.
    -- squawk-ignore prefer-bigint-over-int
    line_number integer NOT NULL,
    product_id  uuid NOT NULL,
    -- squawk-ignore prefer-bigint-over-int
    quantity    integer NOT NULL,
    -- The price agreed at the time, in the order's currency: a product's price changes, an order's does not.
    unit_price  numeric(12, 2) NOT NULL,
    attributes  jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT order_items_pkey PRIMARY KEY (tenant_id, order_id, line_number),
    CONSTRAINT order_items_order_fkey FOREIGN KEY (tenant_id, order_id)
        REFERENCES orders (tenant_id, id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- A product that was sold is retired, not deleted.
    CONSTRAINT order_items_product_fkey FOREIGN KEY (tenant_id, product_id)
        REFERENCES products (tenant_id, id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT order_items_line_number_check CHECK (line_number > 0),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
    CONSTRAINT order_items_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

-- In which orders a product was sold.
CREATE INDEX idx_order_items_product ON order_items(tenant_id, product_id);

CREATE TRIGGER orders_set_updated_at BEFORE UPDATE ON orders
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMIT;
