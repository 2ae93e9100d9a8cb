-- A type: what it stores, without and with a domain's modifiers, and whether its values are checked.
SELECT pg_catalog.format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, NULL),
       CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) ELSE '' END,
       t.typtype = 'd' AND (
           t.typnotnull
           OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid)
           -- A domain over a domain: not followed further, so counted as checked.
           OR EXISTS (SELECT FROM pg_catalog.pg_type AS b WHERE b.oid = t.typbasetype AND b.typtype = 'd')
       )
  FROM pg_catalog.pg_type AS t WHERE t.oid = pg_catalog.to_regtype(%(name)s)
