-- What must not move between the snapshot and the locks: where every relation's rows are, and what its columns are.
SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(line, '|' ORDER BY line), ''))
  FROM (SELECT pg_catalog.concat_ws(',', c.oid, n.nspname, c.relname, c.relkind, c.relfilenode, c.reltoastrelid,
                                    c.relrowsecurity, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped) AS line
          FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
          LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)') AS lines
