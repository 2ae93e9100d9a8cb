-- One row for each object that is the owner's to grant on, and for each of its privileges held by someone else.
-- A database's rights are the master's to grant. Members of extensions belong to their extension. The grantor is
-- empty where the object's owner granted.
WITH owner AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
),
extension_members AS (
  SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
),
targets AS (
  SELECT 'database' AS kind, '' AS schema, datname::text AS name, '' AS signature,
         false AS on_columns, datdba AS owned_by, coalesce(datacl, acldefault('d', datdba)) AS acl
  FROM pg_catalog.pg_database
  WHERE datname = current_database()
  UNION ALL
  SELECT 'schema', '', n.nspname, '', false, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
  FROM pg_catalog.pg_namespace AS n
  JOIN owner ON owner.oid = n.nspowner
  WHERE n.nspname !~ '^pg_'
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, '', false, c.relowner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN owner ON owner.oid = c.relowner
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND n.nspname !~ '^pg_'
    AND NOT EXISTS (
      SELECT FROM extension_members AS e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
    )
  UNION ALL
  SELECT 'table', n.nspname, c.relname, '', true, c.relowner, a.attacl
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN owner ON owner.oid = c.relowner
  WHERE a.attacl IS NOT NULL
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname !~ '^pg_'
    AND NOT EXISTS (
      SELECT FROM extension_members AS e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
    )
  UNION ALL
  SELECT 'function', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), false,
         p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  JOIN owner ON owner.oid = p.proowner
  WHERE n.nspname !~ '^pg_'
    AND NOT EXISTS (
      SELECT FROM extension_members AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
    )
)
SELECT t.kind, t.schema, t.name, t.signature,
       CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END,
       a.privilege_type, a.is_grantable,
       CASE WHEN a.grantor = t.owned_by THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantor)::text END,
       t.on_columns
FROM targets AS t
LEFT JOIN LATERAL pg_catalog.aclexplode(t.acl) AS a ON a.grantee <> t.owned_by
