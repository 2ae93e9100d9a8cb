-- Objects made by another path: neither the owner's nor an extension's. Everything that has an owner is in
-- pg_shdepend, but for what the server's first superuser owns. Large objects are data, default privileges and user
-- mappings are somebody's own; a serial column's sequence goes with its table, and nobody can give a multirange away.
WITH owner AS MATERIALIZED (
  SELECT coalesce(max(oid), 0::oid) AS oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
),
found AS MATERIALIZED (
  SELECT d.classid, d.objid, d.refobjid AS owned_by
  FROM pg_catalog.pg_shdepend AS d
  WHERE d.deptype = 'o' AND d.refobjid <> (SELECT oid FROM owner)
    AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND d.classid NOT IN (
      'pg_extension'::regclass, 'pg_user_mapping'::regclass, 'pg_default_acl'::regclass, 'pg_largeobject'::regclass
    )
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, c.relowner
  FROM pg_catalog.pg_class AS c
  WHERE c.oid >= 16384 AND c.relowner = 10 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, p.proowner FROM pg_catalog.pg_proc AS p WHERE p.oid >= 16384 AND p.proowner = 10
  UNION ALL
  SELECT 'pg_namespace'::regclass, n.oid, n.nspowner
  FROM pg_catalog.pg_namespace AS n
  WHERE n.oid >= 16384 AND n.nspowner = 10 AND n.nspname !~ '^pg_'
)
SELECT o.type, o.identity, pg_catalog.pg_get_userbyid(f.owned_by),
       EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE f.classid = 'pg_proc'::regclass AND p.oid = f.objid AND p.prosecdef)
FROM found AS f
CROSS JOIN LATERAL pg_catalog.pg_identify_object(f.classid, f.objid, 0) AS o
-- Looked up one by one (OFFSET 0): there are few of them, and many dependencies.
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = f.classid AND d.objid = f.objid
      AND (d.deptype = 'e' OR d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
           AND EXISTS (SELECT FROM pg_catalog.pg_class AS s WHERE s.oid = f.objid AND s.relkind = 'S'))
    OFFSET 0
  )
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_type AS t WHERE f.classid = 'pg_type'::regclass AND t.oid = f.objid AND t.typtype = 'm'
    OFFSET 0
  )
  AND o.identity !~ '^pg_(temp|toast)'
ORDER BY o.type <> 'schema', o.type, o.identity
