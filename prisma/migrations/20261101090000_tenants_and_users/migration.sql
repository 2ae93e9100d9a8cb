-- Tenants, the people in them and what those people may do.
--
-- tenant_id leads every primary key and unique constraint, and is part of every foreign key, so that each
-- tenant's rows can live on one shard and no row can refer to another tenant's.
--
-- The whole file is one transaction: tools that send a script statement by statement must not leave half of it.
BEGIN;

-- Time-ordered ids (UUID version 7, RFC 9562): every shard makes its own without asking another, a tenant that
-- moves to another shard keeps them, and new rows land at the end of each tenant's part of the index instead of
-- at random. PostgreSQL 18 has uuidv7(); 15 does not. The body is SQL-standard, so it is bound to pg_catalog's
-- functions now, whatever the caller's search_path is.
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
    set_bit(
        set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6
            ),
            52, 1
        ),
        53, 1
    ),
    'hex'
)::uuid;

COMMENT ON FUNCTION uuid_v7() IS 'A UUID version 7: 48 bits of Unix milliseconds, then random bits.';

-- updated_at is true whoever writes: the application, a person, a script.
CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := pg_catalog.now();
    RETURN NEW;
END;
$$;

CREATE TABLE tenants (
    tenant_id  uuid NOT NULL DEFAULT uuid_v7(),
    name       text NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT tenants_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

CREATE TABLE users (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL DEFAULT uuid_v7(),
    email        text NOT NULL,
    display_name text NOT NULL,
    status       text NOT NULL DEFAULT 'active',
    attributes   jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_email_key UNIQUE (tenant_id, email),
    CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES tenants (tenant_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    -- One spelling for each address, so that the unique constraint means what it says.
    CONSTRAINT users_email_check CHECK (email = lower(email) AND email LIKE '_%@_%'),
    CONSTRAINT users_display_name_check CHECK (btrim(display_name) <> ''),
    CONSTRAINT users_status_check CHECK (status IN ('invited', 'active', 'suspended')),
    CONSTRAINT users_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

-- Who signs in with this address, before it is known in which tenant.
CREATE INDEX idx_users_email ON users(email);

CREATE TABLE roles (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL DEFAULT uuid_v7(),
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT roles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT roles_tenant_id_name_key UNIQUE (tenant_id, name),
    CONSTRAINT roles_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES tenants (tenant_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT roles_name_check CHECK (btrim(name) <> '')
);

CREATE TABLE user_roles (
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    role_id    uuid NOT NULL,
    granted_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT user_roles_pkey PRIMARY KEY (tenant_id, user_id, role_id),
    CONSTRAINT user_roles_user_fkey FOREIGN KEY (tenant_id, user_id)
        REFERENCES users (tenant_id, id) ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT user_roles_role_fkey FOREIGN KEY (tenant_id, role_id)
        REFERENCES roles (tenant_id, id) ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- Who has this role; and a role's deletion looks here for anyone who still does.
CREATE INDEX idx_user_roles_role ON user_roles(tenant_id, role_id);

CREATE TRIGGER tenants_set_updated_at BEFORE UPDATE ON tenants
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER roles_set_updated_at BEFORE UPDATE ON roles
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMIT;
