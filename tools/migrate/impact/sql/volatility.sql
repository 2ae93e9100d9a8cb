-- The functions of a name: whether one is volatile, whether such a one is in SQL and may be inlined, and whether
-- all are PostgreSQL's own.
SELECT pg_catalog.bool_or(f.provolatile = 'v'), pg_catalog.bool_or(f.provolatile = 'v' AND l.lanname = 'sql'),
       COALESCE(pg_catalog.bool_and(n.nspname = 'pg_catalog'), FALSE)
  FROM pg_catalog.pg_proc AS f
  JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
 WHERE f.proname = %(bare)s
   AND CASE WHEN %(schema)s::text IS NULL THEN n.nspname = ANY (pg_catalog.current_schemas(TRUE))
            ELSE n.nspname = %(schema)s END
