SELECT DISTINCT n.nspname, c.relname
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm')
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.atttypid = pg_catalog.to_regtype(%(name)s) AND NOT a.attisdropped
