-- Which object a DROP names: its catalog, oid and column. Several rows where the name is not enough.
SELECT 'pg_catalog.pg_class'::regclass::oid, pg_catalog.to_regclass(%(name)s)::oid, 0
 WHERE %(kind)s = 'relation' AND pg_catalog.to_regclass(%(name)s) IS NOT NULL
UNION ALL
SELECT 'pg_catalog.pg_class'::regclass::oid, a.attrelid, a.attnum::integer
  FROM pg_catalog.pg_attribute AS a
 WHERE %(kind)s = 'column' AND a.attrelid = pg_catalog.to_regclass(%(name)s) AND a.attname = %(part)s
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass::oid, k.oid, 0
  FROM pg_catalog.pg_constraint AS k
 WHERE %(kind)s = 'constraint' AND k.conrelid = pg_catalog.to_regclass(%(name)s) AND k.conname = %(part)s
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass::oid, pg_catalog.to_regtype(%(name)s)::oid, 0
 WHERE %(kind)s = 'type' AND pg_catalog.to_regtype(%(name)s) IS NOT NULL
UNION ALL
SELECT 'pg_catalog.pg_proc'::regclass::oid, f.oid, 0
  FROM pg_catalog.pg_proc AS f
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
 WHERE %(kind)s = 'function' AND f.proname = %(bare)s
   AND CASE WHEN %(schema)s::text IS NULL THEN n.nspname = ANY (pg_catalog.current_schemas(TRUE))
            ELSE n.nspname = %(schema)s END
UNION ALL
SELECT 'pg_catalog.pg_namespace'::regclass::oid, n.oid, 0
  FROM pg_catalog.pg_namespace AS n WHERE %(kind)s = 'schema' AND n.nspname = %(bare)s
UNION ALL
SELECT 'pg_catalog.pg_extension'::regclass::oid, e.oid, 0
  FROM pg_catalog.pg_extension AS e WHERE %(kind)s = 'extension' AND e.extname = %(bare)s
