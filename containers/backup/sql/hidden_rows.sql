-- Tables whose rows a policy may hide from this login: row-level security is on, it is not the owner, and no
-- policy lets it see all. One that says USING (true) does, unless a restrictive one applies to it too. A
-- partition is read by itself, so that its parent's policies hide nothing.
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE c.oid = ANY (e.extconfig)))
   AND NOT (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
   AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE'))
   AND NOT (
       EXISTS (SELECT FROM pg_catalog.pg_policy AS p
                WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('r', '*')
                  AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'
                  AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS role
                               WHERE role = 0 OR pg_catalog.pg_has_role(role, 'USAGE')))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p
                        WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd IN ('r', '*')
                          AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS role
                                       WHERE role = 0 OR pg_catalog.pg_has_role(role, 'USAGE'))))
 ORDER BY n.nspname, c.relname
