-- Everything the rules ask about one relation, as one row of JSON; no row where there is none.
-- Rows are estimated as the planner does it: the density at the last ANALYZE times the pages there are now.
WITH RECURSIVE target AS (
    SELECT c.* FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%(name)s)
),
beneath (oid) AS (
    SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN target AS t ON i.inhparent = t.oid
     WHERE t.relkind IN ('r', 'p', 'f')
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN beneath AS b ON i.inhparent = b.oid
),
read_by_view (oid) AS (
    SELECT d.refobjid
      FROM target AS t
      JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = t.oid
      JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
           AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> t.oid
     WHERE t.relkind IN ('v', 'm')
    UNION
    SELECT d.refobjid
      FROM read_by_view AS v
      JOIN pg_catalog.pg_class AS c ON c.oid = v.oid AND c.relkind = 'v'
      JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = v.oid
      JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
           AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> v.oid
),
sized AS (
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
           pg_catalog.pg_total_relation_size(c.oid) AS size,
           CASE
               WHEN c.relkind NOT IN ('r', 'm', 't') THEN 0
               WHEN pg_catalog.pg_relation_size(c.oid) = 0 THEN 0
               WHEN c.reltuples >= 0 AND c.relpages > 0 THEN pg_catalog.round((
                   c.reltuples / c.relpages * pg_catalog.pg_relation_size(c.oid)
                   / pg_catalog.current_setting('block_size')::integer
               )::numeric)
           END::bigint AS rows
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid IN (SELECT oid FROM target UNION ALL SELECT oid FROM beneath)
),
named AS (
    SELECT c.oid, pg_catalog.json_build_array(n.nspname, c.relname) AS name
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
)
SELECT pg_catalog.json_build_object(
    'schema', s.schema, 'name', s.name, 'kind', s.kind, 'rows', s.rows, 'size', s.size,
    'persistence', t.relpersistence,
    'tablespace', (
        SELECT p.spcname FROM pg_catalog.pg_tablespace AS p
         WHERE p.oid = CASE WHEN t.reltablespace <> 0 THEN t.reltablespace ELSE (
             SELECT d.dattablespace FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()) END
    ),
    'access_method', (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = t.relam),
    'row_triggers', EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = t.oid AND g.tgtype & 1 = 1
    ),
    'members', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'name', pg_catalog.json_build_array(m.schema, m.name), 'rows', m.rows, 'size', m.size
               ) ORDER BY m.schema, m.name)
          FROM sized AS m WHERE m.oid <> t.oid
    ),
    'columns', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'name', a.attname,
                   'type', pg_catalog.format_type(
                       CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE a.atttypid END,
                       CASE WHEN y.typtype = 'd' THEN y.typtypmod ELSE a.atttypmod END),
                   'base', pg_catalog.format_type(
                       CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE a.atttypid END, NULL),
                   'not_null', a.attnotnull
               ))
          FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    ),
    'constraints', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'name', k.conname, 'kind', k.contype, 'valid', k.convalidated,
                   'references', (SELECT n.name FROM named AS n WHERE n.oid = k.confrelid),
                   'check', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
                   'columns', (
                       SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                   )
               ))
          FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    ),
    'referenced_by', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'table', n.name, 'on_delete', k.confdeltype,
                   'columns', (
                       SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
                   )
               ))
          FROM pg_catalog.pg_constraint AS k JOIN named AS n ON n.oid = k.conrelid
         WHERE k.confrelid = t.oid AND k.contype = 'f'
    ),
    'indexes', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'name', c.relname, 'unique', i.indisunique,
                   'computed', i.indexprs IS NOT NULL OR i.indpred IS NOT NULL,
                   'shape', pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^.*? USING ', ''),
                   'columns', (
                       SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_depend AS d
                         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
                        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                          AND d.refobjid = t.oid
                   ),
                   'keys', (
                       SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey::smallint[])
                   )
               ))
          FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = t.oid
    ),
    'reads', (SELECT pg_catalog.json_agg(n.name) FROM read_by_view AS v JOIN named AS n ON n.oid = v.oid),
    'parent', (
        SELECT n.name FROM pg_catalog.pg_inherits AS i JOIN named AS n ON n.oid = i.inhparent
         WHERE i.inhrelid = t.oid AND t.relispartition
    ),
    'default_partition', (
        SELECT n.name FROM pg_catalog.pg_partitioned_table AS p JOIN named AS n ON n.oid = p.partdefid
         WHERE p.partrelid = t.oid
    ),
    'table', (
        SELECT n.name FROM pg_catalog.pg_index AS i JOIN named AS n ON n.oid = i.indrelid
         WHERE i.indexrelid = t.oid
    )
)
  FROM target AS t JOIN sized AS s ON s.oid = t.oid
