"""A pooler task: PgBouncer with its logins and its certificate from Secrets Manager, watched and drained."""
