-- A script may leave settings or a role behind: every migration begins as the owner, with the login's own settings.
RESET ALL;
SET ROLE {owner};
INSERT INTO public._prisma_migrations (id, checksum, migration_name, logs, started_at)
VALUES ({id}, {checksum}, {name}, {logs}, pg_catalog.now())
RETURNING current_user
