-- Without the version: a restore takes the one that the server has.
SELECT e.extname, pg_catalog.format('in schema %I', n.nspname)
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
