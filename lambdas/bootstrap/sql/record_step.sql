UPDATE public._prisma_migrations SET applied_steps_count = {steps}, logs = {logs}
WHERE id = {id} AND finished_at IS NULL AND rolled_back_at IS NULL
  AND applied_steps_count OPERATOR(pg_catalog.=) {before}
