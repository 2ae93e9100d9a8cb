-- Of an extension only what holds rows of the user's, see extension_rows.
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE c.oid = ANY (e.extconfig)))
   AND NOT (CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                           ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))
 ORDER BY n.nspname, c.relname
