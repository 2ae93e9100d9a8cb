SELECT r.rolname,
       r.rolcanlogin,
       r.rolinherit,
       r.rolcreatedb,
       r.rolcreaterole,
       r.rolconnlimit,
       coalesce(r.rolvaliduntil <> 'infinity', false),
       r.rolsuper,
       r.rolreplication,
       r.rolbypassrls,
       coalesce(everywhere.setconfig, '{}'),
       coalesce(here.setconfig, '{}')
FROM pg_catalog.pg_roles AS r
LEFT JOIN pg_catalog.pg_db_role_setting AS everywhere
  ON everywhere.setrole = r.oid AND everywhere.setdatabase = 0
LEFT JOIN pg_catalog.pg_db_role_setting AS here
  ON here.setrole = r.oid
  AND here.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
WHERE r.rolname !~ '^pg_'
