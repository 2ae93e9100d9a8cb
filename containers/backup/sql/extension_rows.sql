-- Tables of extensions that hold rows of the user's: pg_dump would dump those that the condition tells.
SELECT e.extname, n.nspname, c.relname, coalesce(e.extcondition[place.number], '')
  FROM pg_catalog.pg_extension AS e
 CROSS JOIN LATERAL pg_catalog.generate_subscripts(e.extconfig, 1) AS place (number)
  JOIN pg_catalog.pg_class AS c ON c.oid = e.extconfig[place.number] AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY e.extname, c.relname
