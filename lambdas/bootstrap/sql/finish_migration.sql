UPDATE public._prisma_migrations
SET finished_at = pg_catalog.clock_timestamp(), applied_steps_count = 1, logs = NULL
WHERE id = {id}
