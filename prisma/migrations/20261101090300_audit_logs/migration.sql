-- Who did what to which row, and when.
BEGIN;

-- History outlives what it is about: neither actor_id nor entity_id is a foreign key, so that a user or a
-- product can be deleted while what happened to it stays on record.
CREATE TABLE audit_logs (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL DEFAULT uuid_v7(),
    -- NULL: the system itself.
    actor_id    uuid,
    action      text NOT NULL,
    entity_type text NOT NULL,
    entity_id   uuid NOT NULL,
    changes     jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT audit_logs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_logs_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES tenants (tenant_id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT audit_logs_action_check CHECK (btrim(action) <> ''),
    CONSTRAINT audit_logs_entity_type_check CHECK (btrim(entity_type) <> ''),
    CONSTRAINT audit_logs_changes_check CHECK (jsonb_typeof(changes) = 'object')
);

-- A tenant's recent history; the history of one thing; what one person did.
CREATE INDEX idx_audit_logs_occurred_at ON audit_logs(tenant_id, occurred_at DESC);
CREATE INDEX idx_audit_logs_entity ON audit_logs(tenant_id, entity_type, entity_id, occurred_at DESC);
CREATE INDEX idx_audit_logs_actor ON audit_logs(tenant_id, actor_id, occurred_at DESC);

COMMIT;
