SELECT t.oid::pg_catalog.regtype::text,
       CASE t.typtype
           WHEN 'e' THEN (SELECT 'ENUM ' || pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
                            FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = t.oid)
           WHEN 'd' THEN pg_catalog.concat_ws(' ', 'DOMAIN', pg_catalog.format_type(t.typbasetype, t.typtypmod),
                            CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)
           WHEN 'r' THEN (SELECT 'RANGE ' || pg_catalog.format_type(r.rngsubtype, NULL)
                            FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid)
           ELSE (SELECT 'COMPOSITE ' || coalesce(pg_catalog.string_agg(
                        pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum), '')
                   FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
       END
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
 WHERE t.typtype IN ('d', 'e', 'c', 'r') AND coalesce(c.relkind, 'c') = 'c' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
