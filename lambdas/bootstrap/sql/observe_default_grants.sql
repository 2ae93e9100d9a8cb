-- What an object of the owner is born with, the built-in defaults included where nothing is said.
WITH owner AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
),
kinds (letter, default_letter, kind) AS (
  VALUES ('r'::"char", 'r'::"char", 'table'), ('S', 's', 'sequence'), ('f', 'f', 'function'), ('n', 'n', 'schema'),
         ('T', 'T', 'type')
),
acls AS (
  SELECT '' AS schema, k.kind, owner.oid AS owned_by,
         coalesce(d.defaclacl, acldefault(k.default_letter, owner.oid)) AS acl
  FROM owner
  CROSS JOIN kinds AS k
  LEFT JOIN pg_catalog.pg_default_acl AS d
    ON d.defaclrole = owner.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = k.letter
  UNION ALL
  SELECT n.nspname, k.kind, owner.oid, d.defaclacl
  FROM pg_catalog.pg_default_acl AS d
  JOIN owner ON owner.oid = d.defaclrole
  JOIN kinds AS k ON k.letter = d.defaclobjtype
  JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
)
SELECT acls.schema, acls.kind,
       CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END,
       a.privilege_type, a.is_grantable
FROM acls
CROSS JOIN LATERAL pg_catalog.aclexplode(acls.acl) AS a
WHERE a.grantee <> acls.owned_by
