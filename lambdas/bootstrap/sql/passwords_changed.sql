-- What is different after anybody changed any role: the server counts writes to pg_authid, which a master may not
-- read, and forgets its counts at a restart or a crash. And what was noted when the logins were last tried.
SELECT concat_ws(
         ' ',
         pg_catalog.pg_stat_get_tuples_inserted('pg_authid'::regclass),
         pg_catalog.pg_stat_get_tuples_updated('pg_authid'::regclass),
         pg_catalog.pg_stat_get_tuples_deleted('pg_authid'::regclass),
         extract(epoch FROM pg_catalog.pg_postmaster_start_time()),
         extract(epoch FROM pg_catalog.pg_stat_get_bgwriter_stat_reset_time())
       ),
       current_setting('track_counts') = 'on',
       coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '')
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = 'datatier_owner'
