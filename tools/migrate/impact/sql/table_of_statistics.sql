SELECT n.nspname, c.relname
  FROM pg_catalog.pg_statistic_ext AS s
  JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_namespace AS own ON own.oid = s.stxnamespace
 WHERE s.stxname = %(bare)s
   AND CASE WHEN %(schema)s::text IS NULL THEN own.nspname = ANY (pg_catalog.current_schemas(TRUE))
            ELSE own.nspname = %(schema)s END
