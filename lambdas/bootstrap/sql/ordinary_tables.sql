-- What Prisma counts for P3005: tables, not views; an extension's own tables are nobody's history.
SELECT c.relname
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public')
  AND c.relkind IN ('r', 'p')
  AND c.relname <> '_prisma_migrations'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
  )
ORDER BY 1
