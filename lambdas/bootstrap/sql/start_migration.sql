-- A script may leave settings or a role behind: every migration begins as its role, with the login's own settings.
RESET ALL;
SET ROLE {role};
SET lock_timeout = {lock_timeout};
-- Nothing is lost with this commit alone: the script's own commit behind it takes it to the disk.
SET LOCAL synchronous_commit = off;
-- Nothing begins without Prisma's lock: a script before this one may have given it away, even inside a function.
INSERT INTO public._prisma_migrations (id, checksum, migration_name, logs, started_at)
SELECT {id}, {checksum}, {name}, {logs}, pg_catalog.now()
 WHERE {lock_is_held}
ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum, logs = excluded.logs, started_at = excluded.started_at
  WHERE _prisma_migrations.finished_at IS NULL AND _prisma_migrations.rolled_back_at IS NULL
    AND _prisma_migrations.applied_steps_count = 0
RETURNING current_user
