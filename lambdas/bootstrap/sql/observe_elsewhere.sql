-- Who is named in the privileges of an object that is not the owner's (and that no extension made so): a language, a
-- parameter, a tablespace, a function of the system, a table of somebody else, somebody's default privileges.
WITH here AS MATERIALIZED (
  SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()
),
owner AS MATERIALIZED (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = 'datatier_owner'
),
named AS MATERIALIZED (
  SELECT DISTINCT d.refobjid, d.classid, d.objid
  FROM pg_catalog.pg_shdepend AS d
  WHERE d.deptype = 'a' AND d.dbid IN (0, (SELECT oid FROM here)) AND d.classid <> 'pg_database'::regclass
    AND (d.dbid, d.classid, d.objid) NOT IN (
      SELECT own.dbid, own.classid, own.objid FROM pg_catalog.pg_shdepend AS own
      WHERE own.deptype = 'o' AND own.refobjid = (SELECT oid FROM owner)
    )
)
SELECT pg_catalog.pg_get_userbyid(n.refobjid), o.type, o.identity
FROM named AS n
CROSS JOIN LATERAL pg_catalog.pg_identify_object(n.classid, n.objid, 0) AS o
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_init_privs AS i
  CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) AS a
  WHERE i.privtype = 'e' AND i.objoid = n.objid AND i.classoid = n.classid AND a.grantee = n.refobjid
)
ORDER BY 1, 2, 3
