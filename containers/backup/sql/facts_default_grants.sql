SELECT pg_catalog.format('%s of %s in %s for %s', CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
           WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' END, d.defaclrole::pg_catalog.regrole,
           CASE WHEN d.defaclnamespace = 0 THEN 'every schema' ELSE d.defaclnamespace::pg_catalog.regnamespace::text END,
           CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END),
       pg_catalog.string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ', '
           ORDER BY a.privilege_type)
  FROM pg_catalog.pg_default_acl AS d
 CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a
 GROUP BY 1
