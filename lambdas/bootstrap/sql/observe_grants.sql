-- The objects that are the owner's to grant on, together where they have the same privileges: few rows, however many
-- objects. A database's rights are the master's to grant. Members of extensions belong to their extension. The grantor
-- is empty where the object's owner granted.
WITH owner AS MATERIALIZED (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
),
-- Materialized, or the planner takes longer over the union's joins than the server over the rows.
targets AS MATERIALIZED (
  SELECT 'database' AS kind, 0::oid AS namespace, d.datname AS name, '' AS signature, false AS on_columns,
         d.datdba AS owned_by, coalesce(d.datacl, acldefault('d', d.datdba)) AS acl, 'pg_database'::regclass AS class, d.oid
  FROM pg_catalog.pg_database AS d
  WHERE d.datname = current_database()
  UNION ALL
  SELECT 'schema', 0, n.nspname, '', false, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)),
         'pg_namespace', n.oid
  FROM pg_catalog.pg_namespace AS n
  WHERE n.nspowner = (SELECT oid FROM owner)
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relnamespace, c.relname, '', false, c.relowner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)),
         'pg_class', c.oid
  FROM pg_catalog.pg_class AS c
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    AND c.relowner = (SELECT oid FROM owner)
  UNION ALL
  SELECT 'table', c.relnamespace, c.relname, '', true, c.relowner, a.attacl, 'pg_class', c.oid
  FROM pg_catalog.pg_attribute AS a
  -- Looked up one by one (OFFSET 0): very few columns have privileges of their own.
  CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_class WHERE oid = a.attrelid OFFSET 0) AS c
  WHERE a.attacl IS NOT NULL AND c.relpersistence <> 't' AND c.relowner = (SELECT oid FROM owner)
  UNION ALL
  SELECT 'function', p.pronamespace, p.proname, pg_catalog.oidvectortypes(p.proargtypes), false, p.proowner,
         coalesce(p.proacl, acldefault('f', p.proowner)), 'pg_proc', p.oid
  FROM pg_catalog.pg_proc AS p
  WHERE p.proowner = (SELECT oid FROM owner)
  UNION ALL
  -- Neither arrays nor the types of tables' rows: what they allow is their element's or their table's.
  SELECT 'type', t.typnamespace, t.typname, '', false, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)),
         'pg_type', t.oid
  FROM pg_catalog.pg_type AS t
  WHERE t.typowner = (SELECT oid FROM owner) AND t.typtype <> 'm'
    AND t.typsubscript <> 'array_subscript_handler'::regproc
    AND (t.typrelid = 0 OR t.typrelid IN (SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relkind = 'c'))
  UNION ALL
  SELECT 'server', 0, s.srvname, '', false, s.srvowner, coalesce(s.srvacl, acldefault('S', s.srvowner)),
         'pg_foreign_server', s.oid
  FROM pg_catalog.pg_foreign_server AS s
  WHERE s.srvowner = (SELECT oid FROM owner)
)
SELECT t.kind,
       json_agg(json_build_array(coalesce(n.nspname, ''), t.name, t.signature)),
       ARRAY(
         SELECT json_build_array(
                  CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END,
                  a.privilege_type, a.is_grantable,
                  CASE WHEN a.grantor = t.owned_by THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantor)::text END,
                  t.on_columns
                )
         FROM pg_catalog.aclexplode(t.acl) AS a
         WHERE a.grantee <> t.owned_by
       )
FROM targets AS t
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = t.namespace
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.deptype = 'e' AND e.classid = t.class AND e.objid = t.oid
  )
GROUP BY t.kind, t.on_columns, t.owned_by, t.acl
