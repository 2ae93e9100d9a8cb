SELECT pg_catalog.concat_ws(' ', o.type, o.identity), s.description
  FROM pg_catalog.pg_description AS s
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classoid, s.objoid, s.objsubid) AS o
  JOIN pg_catalog.pg_class AS c ON s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objoid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
