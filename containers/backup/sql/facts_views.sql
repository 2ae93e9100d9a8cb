SELECT c.oid::pg_catalog.regclass::text,
       CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END || pg_catalog.pg_get_viewdef(c.oid)
           || coalesce(' WITH ' || pg_catalog.array_to_string(c.reloptions, ', '), '')
           || CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN ' NOT POPULATED' ELSE '' END
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
