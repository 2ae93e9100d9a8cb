-- Notes every lock that a migration's transaction holds when it records itself: PostgreSQL gives none back before
-- the commit. In a schema of its own, of the drill's superuser, in a copy that is thrown away.
DROP SCHEMA IF EXISTS datatier_drill CASCADE;
CREATE SCHEMA datatier_drill;
CREATE TABLE datatier_drill.locks (relation oid, mode text);
CREATE FUNCTION datatier_drill.note_locks() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO datatier_drill.locks
  SELECT l.relation, l.mode FROM pg_locks AS l
   WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());
  RETURN NULL;
END $$;
CREATE TRIGGER datatier_drill AFTER UPDATE ON public._prisma_migrations
FOR EACH STATEMENT EXECUTE FUNCTION datatier_drill.note_locks();
-- A script may switch triggers off for its session.
ALTER TABLE public._prisma_migrations ENABLE ALWAYS TRIGGER datatier_drill;
