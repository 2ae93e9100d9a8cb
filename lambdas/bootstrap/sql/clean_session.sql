RESET ALL;
SET ROLE {role};
SET lock_timeout = {lock_timeout}
