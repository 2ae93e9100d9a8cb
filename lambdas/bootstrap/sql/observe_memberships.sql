SELECT pg_catalog.pg_get_userbyid(roleid), pg_catalog.pg_get_userbyid(member), bool_or(admin_option)
FROM pg_catalog.pg_auth_members
GROUP BY 1, 2
