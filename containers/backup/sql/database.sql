SELECT pg_catalog.pg_database_size(d.oid), pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate,
       pg_catalog.current_setting('server_version_num')::int
  FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
