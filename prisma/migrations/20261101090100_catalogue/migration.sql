-- What is sold, and how it is arranged.
BEGIN;

CREATE TABLE categories (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL DEFAULT uuid_v7(),
    parent_id  uuid,
    name       text NOT NULL,
    slug       text NOT NULL,
    created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT categories_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT categories_tenant_id_slug_key UNIQUE (tenant_id, slug),
    CONSTRAINT categories_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES tenants (tenant_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT categories_parent_fkey FOREIGN KEY (tenant_id, parent_id)
        REFERENCES categories (tenant_id, id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT categories_parent_check CHECK (parent_id <> id),
    CONSTRAINT categories_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT categories_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);

-- The children of a category.
CREATE INDEX idx_categories_parent ON categories(tenant_id, parent_id);

CREATE TABLE products (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL DEFAULT uuid_v7(),
    sku         text NOT NULL,
    name        text NOT NULL,
    -- Never NULL: name || ' ' || NULL is NULL, and the product would be missing from every search.
    description text NOT NULL DEFAULT '',
    price       numeric(12, 2) NOT NULL,
    -- ISO 4217: three letters, never fewer, so that char's padding never shows.
    -- squawk-ignore ban-char-field
    currency    char(3) NOT NULL,
    status      text NOT NULL DEFAULT 'active',
    attributes  jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT products_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT products_tenant_id_sku_key UNIQUE (tenant_id, sku),
    CONSTRAINT products_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES tenants (tenant_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT products_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT products_sku_check CHECK (btrim(sku) <> ''),
    CONSTRAINT products_price_check CHECK (price >= 0 AND price <> 'NaN'),
    CONSTRAINT products_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'retired')),
    CONSTRAINT products_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

-- Full-text search over name and description. schema.prisma cannot express an index on an expression, so this
-- statement is its only definition; `prisma migrate dev` leaves such indexes alone. A query must spell the
-- expression exactly as it stands here, or PostgreSQL reads the whole table.
CREATE INDEX idx_products_search
ON products USING GIN(to_tsvector('english', name || ' ' || description));

CREATE TABLE product_categories (
    tenant_id   uuid NOT NULL,
    product_id  uuid NOT NULL,
    category_id uuid NOT NULL,
    CONSTRAINT product_categories_pkey PRIMARY KEY (tenant_id, product_id, category_id),
    CONSTRAINT product_categories_product_fkey FOREIGN KEY (tenant_id, product_id)
        REFERENCES products (tenant_id, id) ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT product_categories_category_fkey FOREIGN KEY (tenant_id, category_id)
        REFERENCES categories (tenant_id, id) ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- The products of a category.
CREATE INDEX idx_product_categories_category ON product_categories(tenant_id, category_id);

CREATE TRIGGER categories_set_updated_at BEFORE UPDATE ON categories
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER products_set_updated_at BEFORE UPDATE ON products
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMIT;
