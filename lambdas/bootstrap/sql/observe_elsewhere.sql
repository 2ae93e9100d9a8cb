-- Who is named in the privileges of an object that is not the owner's (and that no extension made so): a language, a
-- parameter, a tablespace, a function of the system, a table of somebody else, somebody's default privileges.
WITH here AS (
  SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()
),
owner AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
)
SELECT DISTINCT pg_catalog.pg_get_userbyid(d.refobjid), o.type, o.identity
FROM pg_catalog.pg_shdepend AS d
CROSS JOIN here
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) AS o
WHERE d.deptype = 'a' AND d.dbid IN (0, here.oid) AND d.classid <> 'pg_database'::regclass
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_shdepend AS own
    WHERE own.deptype = 'o' AND own.dbid = d.dbid AND own.classid = d.classid AND own.objid = d.objid
      AND own.refobjid = (SELECT oid FROM owner)
  )
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_init_privs AS i
    CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) AS a
    WHERE i.privtype = 'e' AND i.objoid = d.objid AND i.classoid = d.classid AND a.grantee = d.refobjid
  )
ORDER BY 1, 2, 3
