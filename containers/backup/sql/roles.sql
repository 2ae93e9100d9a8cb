-- Every role that a restore must find: owners, grantees, those of default grants and of policies. PostgreSQL's own
-- are everywhere. What belongs to an extension is made and owned by whoever restores, and holds the grants that the
-- extension's script made: only those that were made since count (pg_init_privs), as to pg_dump.
WITH spaces AS (
    SELECT n.oid, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
), objects (class, id, part, owner, acl) AS (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, s.oid, 0, s.nspowner, s.nspacl FROM spaces AS s
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0, c.relowner, c.relacl
      FROM pg_catalog.pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace WHERE c.relpersistence <> 't'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum, c.relowner, a.attacl
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relpersistence <> 't'
      JOIN spaces AS s ON s.oid = c.relnamespace
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, p.proowner, p.proacl
      FROM pg_catalog.pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, t.typowner, t.typacl
      FROM pg_catalog.pg_type AS t JOIN spaces AS s ON s.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(nullif(t.typrelid, 0), e.typrelid)
     -- Of a relation, or of an array of its rows: as the relation.
     WHERE c.oid IS NULL OR c.relkind = 'c'
), told AS (
    SELECT o.*, m.objid IS NOT NULL AS of_extension, i.initprivs
      FROM objects AS o
      LEFT JOIN pg_catalog.pg_depend AS m ON m.classid = o.class AND m.objid = o.id AND m.deptype = 'e'
      LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = o.class AND i.objoid = o.id AND i.objsubid = o.part
)
SELECT DISTINCT r.rolname
  FROM (
    SELECT t.owner AS role FROM told AS t WHERE NOT t.of_extension
    UNION SELECT a.grantee FROM told AS t CROSS JOIN LATERAL pg_catalog.aclexplode(t.acl) AS a
           WHERE NOT t.of_extension
              OR a.grantee <> t.owner AND NOT EXISTS (
                 SELECT FROM pg_catalog.aclexplode(t.initprivs) AS first
                  WHERE (first.grantee, first.privilege_type) = (a.grantee, a.privilege_type))
    UNION SELECT d.defaclrole FROM pg_catalog.pg_default_acl AS d
    UNION SELECT (pg_catalog.aclexplode(d.defaclacl)).grantee FROM pg_catalog.pg_default_acl AS d
    UNION SELECT pg_catalog.unnest(p.polroles) FROM pg_catalog.pg_policy AS p
    UNION SELECT l.lomowner FROM pg_catalog.pg_largeobject_metadata AS l
    UNION SELECT (pg_catalog.aclexplode(l.lomacl)).grantee FROM pg_catalog.pg_largeobject_metadata AS l
  ) AS named
  JOIN pg_catalog.pg_roles AS r ON r.oid = named.role
 WHERE r.rolname !~ '^pg_'
 ORDER BY r.rolname
