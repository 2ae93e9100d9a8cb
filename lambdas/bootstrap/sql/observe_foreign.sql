-- Objects made by another path: neither the owner's nor an extension's.
SELECT format('%I.%I (%s)', n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND pg_catalog.pg_get_userbyid(c.relowner) <> 'datatier_owner'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
  )
ORDER BY 1
LIMIT 20
