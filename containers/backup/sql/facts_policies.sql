SELECT pg_catalog.format('%s', c.oid::pg_catalog.regclass),
       CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' ELSE '' END || CASE WHEN c.relforcerowsecurity THEN ' FORCED' ELSE '' END
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
UNION ALL
SELECT pg_catalog.format('%I on %s', p.polname, p.polrelid::pg_catalog.regclass),
       pg_catalog.concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, p.polcmd::text, 'TO',
           (SELECT pg_catalog.string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::pg_catalog.regrole::text END, ', '
                       ORDER BY CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::pg_catalog.regrole::text END)
              FROM pg_catalog.unnest(p.polroles) AS r),
           'USING ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'CHECK ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
