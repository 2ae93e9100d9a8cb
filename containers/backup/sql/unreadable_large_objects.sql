-- Those that this login may not read: it is not the owner, and SELECT is granted neither to it nor to everybody.
SELECT pg_catalog.count(*), pg_catalog.min(l.oid)::bigint
  FROM pg_catalog.pg_largeobject_metadata AS l
 WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
   AND NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lomacl) AS a
                    WHERE a.privilege_type = 'SELECT'
                      AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
