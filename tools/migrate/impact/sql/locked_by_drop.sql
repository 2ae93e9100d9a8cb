-- Relations that go, or lose something, when an object is dropped: a walk along pg_depend as DROP walks it.
-- Dependents of kind n are reached only by CASCADE; a rule that is a view's query takes its view along.
WITH RECURSIVE dropped (classid, objid, objsubid) AS (
    SELECT %(classid)s::oid, %(objid)s::oid, %(objsubid)s::integer
    UNION
    SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass::oid END,
           COALESCE(r.ev_class, d.objid),
           CASE WHEN r.oid IS NULL THEN d.objsubid ELSE 0 END
      FROM dropped AS x
      JOIN pg_catalog.pg_depend AS d ON d.refclassid = x.classid AND d.refobjid = x.objid
           AND (x.objsubid = 0 OR d.refobjsubid = x.objsubid)
           AND (d.deptype IN ('a', 'i', 'e', 'P', 'S') OR (d.deptype = 'n' AND %(cascade)s))
      LEFT JOIN pg_catalog.pg_rewrite AS r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
           AND r.rulename = '_RETURN'
),
touched (oid) AS (
    SELECT COALESCE(i.indrelid, x.objid)
      FROM dropped AS x LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = x.objid
     WHERE x.classid = 'pg_catalog.pg_class'::regclass
    UNION
    SELECT pg_catalog.unnest(ARRAY[k.conrelid, k.confrelid])
      FROM dropped AS x JOIN pg_catalog.pg_constraint AS k ON k.oid = x.objid
     WHERE x.classid = 'pg_catalog.pg_constraint'::regclass
    UNION
    SELECT g.tgrelid FROM dropped AS x JOIN pg_catalog.pg_trigger AS g ON g.oid = x.objid
     WHERE x.classid = 'pg_catalog.pg_trigger'::regclass
    UNION
    SELECT f.adrelid FROM dropped AS x JOIN pg_catalog.pg_attrdef AS f ON f.oid = x.objid
     WHERE x.classid = 'pg_catalog.pg_attrdef'::regclass
    UNION
    SELECT p.polrelid FROM dropped AS x JOIN pg_catalog.pg_policy AS p ON p.oid = x.objid
     WHERE x.classid = 'pg_catalog.pg_policy'::regclass
    UNION
    SELECT r.ev_class FROM dropped AS x JOIN pg_catalog.pg_rewrite AS r ON r.oid = x.objid
     WHERE x.classid = 'pg_catalog.pg_rewrite'::regclass
),
-- A partition leaves its parent, and the parent's default partition has to know.
with_parents (oid) AS (
    SELECT oid FROM touched
    UNION
    SELECT pg_catalog.unnest(ARRAY[i.inhparent, p.partdefid])
      FROM dropped AS x
      JOIN pg_catalog.pg_class AS c ON c.oid = x.objid AND c.relispartition AND c.relkind <> 'i' AND x.objsubid = 0
      JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
      JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = i.inhparent
     WHERE x.classid = 'pg_catalog.pg_class'::regclass
)
SELECT n.nspname, c.relname
  FROM with_parents AS w
  JOIN pg_catalog.pg_class AS c ON c.oid = w.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY n.nspname, c.relname
