-- What applies to everyone here: settings of the database and of all roles, its connection limit, who owns its large
-- objects.
SELECT d.datname, session_user, d.datconnlimit,
       (SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'public'),
       coalesce((SELECT setconfig FROM pg_catalog.pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0), '{}'),
       coalesce((SELECT setconfig FROM pg_catalog.pg_db_role_setting WHERE setdatabase = 0 AND setrole = 0), '{}'),
       ARRAY(
         SELECT format('%s has %s', pg_catalog.pg_get_userbyid(lomowner), count(*))
         FROM pg_catalog.pg_largeobject_metadata GROUP BY lomowner ORDER BY 1
       )
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database()
