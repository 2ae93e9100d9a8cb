-- RDS's own roles and limits, laid over a fresh cluster by its superuser `rdsadmin`.
-- Source: "Understanding PostgreSQL roles and permissions" in the Amazon RDS User Guide.

CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_superuser NOLOGIN;
GRANT pg_monitor, pg_signal_backend, pg_checkpoint, rds_password, rds_replication
  TO rds_superuser WITH ADMIN OPTION;

-- PostgreSQL 15 lets any CREATEROLE role grant these to itself; RDS forbids it. A role marked
-- SUPERUSER can be granted by superusers only, and ALTER ROLE refuses reserved names.
UPDATE pg_catalog.pg_authid SET rolsuper = true
 WHERE rolname IN ('pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program');
