-- As Prisma Migrate records a migration that it did not run: no time passed, nothing was logged, no step was counted.
INSERT INTO public._prisma_migrations (id, checksum, migration_name, logs, started_at, finished_at, applied_steps_count)
VALUES (pg_catalog.gen_random_uuid()::text, %(checksum)s, %(name)s, '', pg_catalog.now(), pg_catalog.now(), 0)
