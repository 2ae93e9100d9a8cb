-- What must not move while a backup begins, a line for each object: where a table's rows are, what its columns
-- are, and the version of every row by which a definition is told.
WITH spaces AS (
    SELECT n.oid, n.nspname, n.xmin FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)
SELECT pg_catalog.concat_ws(',', 'relation', c.oid, c.relnamespace, c.relname, c.relkind, c.relrowsecurity,
           CASE WHEN c.relkind = 'r' THEN c.relfilenode END, CASE WHEN c.relkind = 'r' THEN c.reltoastrelid END,
           (SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(',', a.attnum, a.attname, a.atttypid,
                       a.atttypmod, a.attisdropped, a.attgenerated), ';' ORDER BY a.attnum))
              FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0))
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I') AND c.relpersistence <> 't'
   AND c.relnamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'schema', s.oid, s.xmin) FROM spaces AS s
UNION ALL
SELECT pg_catalog.concat_ws(',', 'function', p.oid, p.xmin)
  FROM pg_catalog.pg_proc AS p WHERE p.pronamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'constraint', k.oid, k.xmin)
  FROM pg_catalog.pg_constraint AS k WHERE k.connamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'type', t.oid, t.xmin)
  FROM pg_catalog.pg_type AS t WHERE t.typnamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'rule', r.oid, r.xmin)
  FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
 WHERE c.relnamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'trigger', t.oid, t.xmin)
  FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
 WHERE c.relnamespace IN (SELECT oid FROM spaces)
UNION ALL
SELECT pg_catalog.concat_ws(',', 'policy', p.oid, p.xmin) FROM pg_catalog.pg_policy AS p
