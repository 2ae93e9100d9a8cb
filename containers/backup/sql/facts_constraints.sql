SELECT pg_catalog.format('%I on %s', k.conname,
           CASE WHEN k.conrelid <> 0 THEN k.conrelid::pg_catalog.regclass::text ELSE k.contypid::pg_catalog.regtype::text END),
       pg_catalog.pg_get_constraintdef(k.oid)
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
 WHERE k.contype <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = k.conrelid AND d.deptype = 'e')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = k.contypid AND d.deptype = 'e')
