"""Who may do what: each role, each kind of statement, each kind of object, each cell executed.

The objects of every row exist twice: once from before the grants, as in a restored database, and once made
after them by the migrator, covered by default privileges alone. `yes` and `-` hold for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.bootstrap.privileges import FORGET, objects, table_as_it_is

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

STRANGER = "stranger"
# engineer and writer are people with IAM tokens, for reading and for writing; the stranger is any other role.
TABLE = """
migrator
|   app
|   |   app_clone
|   |   |   readonly
|   |   |   |   engineer
|   |   |   |   |   writer
|   |   |   |   |   |   monitor
|   |   |   |   |   |   |   backup
|   |   |   |   |   |   |   |   master
|   |   |   |   |   |   |   |   |   stranger
# A table
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.notes
yes yes yes -   -   yes -   -   yes -   SELECT * FROM made.notes FOR UPDATE
yes yes yes -   -   yes -   -   yes -   INSERT INTO made.notes (body) VALUES ('a')
yes yes yes -   -   yes -   -   yes -   UPDATE made.notes SET body = 'b'
yes yes yes -   -   yes -   -   yes -   DELETE FROM made.notes
yes -   -   -   -   -   -   -   yes -   TRUNCATE made.notes
yes yes yes yes yes yes -   yes yes -   COPY made.notes TO STDOUT
yes yes yes -   -   yes -   -   yes -   COPY made.notes (body) FROM STDIN
yes yes yes -   -   yes -   -   yes -   LOCK TABLE made.notes IN ACCESS EXCLUSIVE MODE
yes -   -   -   -   -   -   -   yes -   CREATE TABLE made.child (id int REFERENCES made.notes)
yes -   -   -   -   -   -   -   yes -   CREATE TRIGGER t AFTER INSERT ON made.notes EXECUTE FUNCTION made.f()
yes -   -   -   -   -   -   -   yes -   CREATE INDEX ON made.notes (body)
yes -   -   -   -   -   -   -   yes -   ALTER TABLE made.notes ADD COLUMN more int
yes -   -   -   -   -   -   -   yes -   ALTER TABLE made.notes ENABLE ROW LEVEL SECURITY
yes -   -   -   -   -   -   -   yes -   ALTER TABLE made.notes OWNER TO CURRENT_USER
yes -   -   -   -   -   -   -   yes -   GRANT SELECT ON made.notes TO PUBLIC
yes -   -   -   -   -   -   -   yes -   COMMENT ON TABLE made.notes IS 'x'
yes -   -   -   -   -   -   -   yes -   ANALYZE made.notes
yes -   -   -   -   -   -   -   yes -   DROP TABLE made.notes CASCADE
# A partitioned table and its partition
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.parted
yes yes yes -   -   yes -   -   yes -   INSERT INTO made.parted VALUES (1)
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.part
yes yes yes -   -   yes -   -   yes -   INSERT INTO made.part VALUES (1)
yes -   -   -   -   -   -   -   yes -   ALTER TABLE made.parted DETACH PARTITION made.part
# A view, a materialized view, a foreign table
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.seen
yes yes yes -   -   yes -   -   yes -   INSERT INTO made.seen (body) VALUES ('a')
yes -   -   -   -   -   -   -   yes -   DROP VIEW made.seen
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.kept
yes -   -   -   -   -   -   -   yes -   REFRESH MATERIALIZED VIEW made.kept
yes yes yes yes yes yes -   yes yes -   SELECT * FROM made.far
yes yes yes -   -   yes -   -   yes -   INSERT INTO made.far VALUES (1)
yes -   -   -   -   -   -   -   yes -   CREATE USER MAPPING FOR CURRENT_USER SERVER made_elsewhere
# A sequence
yes yes yes -   -   yes -   -   yes -   SELECT nextval('made.numbers')
yes yes yes yes yes yes -   yes yes -   SELECT currval('made.numbers')
yes yes yes yes yes yes -   yes yes -   SELECT last_value FROM made.numbers
yes -   -   -   -   -   -   -   yes -   SELECT setval('made.numbers', 9)
yes -   -   -   -   -   -   -   yes -   ALTER SEQUENCE made.numbers RESTART
# Functions and procedures
yes yes yes yes yes yes -   -   yes -   SELECT made.one()
yes yes yes yes yes yes -   -   yes -   SELECT made.as_owner()
yes yes yes yes yes yes -   -   yes -   SELECT made.total(1)
yes yes yes yes yes yes -   -   yes -   CALL made.act()
yes -   -   -   -   -   -   -   yes -   ALTER FUNCTION made.one() SECURITY DEFINER
yes -   -   -   -   -   -   -   yes -   CREATE FUNCTION made.two() RETURNS int LANGUAGE sql AS 'SELECT 2'
yes -   -   -   -   -   -   -   yes -   DROP ROUTINE made.act
# Types and domains
yes yes yes yes yes yes -   yes yes -   SELECT 'calm'::made.mood
yes yes yes yes yes yes -   yes yes -   SELECT 'a@b'::made.email
yes -   -   -   -   -   -   -   yes -   ALTER TYPE made.mood ADD VALUE 'merry'
yes -   -   -   -   -   -   -   yes -   CREATE TYPE made.more AS ENUM ()
yes -   -   -   -   -   -   -   yes -   DROP TYPE made.mood
# Schemas and the database
yes -   -   -   -   -   -   -   yes -   CREATE TABLE made.more (id int)
yes -   -   -   -   -   -   -   yes -   CREATE TABLE public.more (id int)
yes -   -   -   -   -   -   -   yes -   ALTER SCHEMA made RENAME TO other
yes -   -   -   -   -   -   -   yes -   DROP SCHEMA made CASCADE
yes -   -   -   -   -   -   -   yes -   CREATE SCHEMA other
yes -   -   -   -   -   -   -   yes -   CREATE TEMPORARY TABLE mine (id int)
yes yes yes yes yes yes yes yes yes -   (connect)
# The record of migrations
yes -   -   yes yes -   -   yes yes -   SELECT * FROM public._prisma_migrations
yes -   -   -   -   -   -   -   yes -   INSERT INTO public._prisma_migrations VALUES ('', '', now(), '')
yes -   -   -   -   -   -   -   yes -   UPDATE public._prisma_migrations SET logs = 'x'
yes -   -   -   -   -   -   -   yes -   DELETE FROM public._prisma_migrations
yes -   -   -   -   -   -   -   yes -   DROP TABLE public._prisma_migrations
# Large objects, which PostgreSQL lets everyone make
yes yes yes yes yes yes yes yes yes yes SELECT lo_create(0)
-   -   -   -   -   -   -   -   -   -   SELECT lo_get(4711)
-   -   -   -   -   -   -   -   -   -   SELECT lo_put(4711, 0, 'x')
-   -   -   -   -   -   -   -   -   -   SELECT lo_unlink(4711)
# Roles
yes -   -   -   -   -   -   -   yes -   SET ROLE datatier_owner
-   yes yes -   -   yes -   -   -   -   SET ROLE datatier_readwrite
-   -   -   yes yes -   -   -   -   -   SET ROLE datatier_readonly
yes yes yes yes yes yes yes yes yes yes ALTER ROLE CURRENT_USER PASSWORD 'x'
-   yes -   -   -   -   -   -   yes -   ALTER ROLE app PASSWORD 'x'
-   -   -   -   -   -   -   -   yes -   ALTER ROLE CURRENT_USER CREATEDB
-   -   -   -   -   -   -   -   yes -   CREATE ROLE other
-   -   -   -   -   -   -   -   yes -   GRANT pg_read_all_data TO CURRENT_USER
# The server, and the machine it runs on (pg_read_all_data, which backup needs, reads pg_authid too)
yes yes yes yes yes yes yes yes yes -   SELECT query FROM public.pg_stat_statements
-   -   -   -   -   -   -   yes -   -   SELECT * FROM pg_authid
-   -   -   -   -   -   -   -   -   -   SELECT pg_read_file('PG_VERSION')
-   -   -   -   -   -   -   -   -   -   SELECT pg_ls_dir('.')
-   -   -   -   -   -   -   -   -   -   SELECT lo_import('/etc/hostname')
-   -   -   -   -   -   -   -   -   -   COPY made.notes FROM PROGRAM 'true'
-   -   -   -   -   -   -   -   -   -   COPY made.notes TO '/tmp/x'
-   -   -   -   -   -   -   -   -   -   CREATE EXTENSION file_fdw SCHEMA public
-   -   -   -   -   -   -   -   -   -   CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION made.f()
yes -   -   -   -   -   -   -   yes -   CREATE PUBLICATION p
-   -   -   -   -   -   -   -   -   -   SET log_statement = 'none'
-   -   -   -   -   -   -   -   -   -   SET session_replication_role = replica
-   -   -   -   -   -   -   -   -   -   SELECT pg_stat_reset()
-   -   -   -   -   -   -   -   yes -   CHECKPOINT
"""


def test_each_role_may_do_what_the_table_says_and_nothing_else(tier: Tier) -> None:
    tier.iam_logins = {"engineer": "readonly", "writer": "readwrite"}
    tier.bootstrap()
    with tier.admin() as admin:
        admin.execute("CREATE EXTENSION postgres_fdw")
        admin.execute("GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO datatier_owner")
        admin.execute("SELECT lo_create(4711)")
        admin.execute(f"CREATE ROLE {STRANGER} LOGIN PASSWORD '{STRANGER}'".encode())
        try:
            tier.write({"1_before": objects("before")})
            tier.bootstrap()
            admin.execute(FORGET)
            tier.users["app"] = "app_clone"
            tier.bootstrap()
            with tier.connect("migrator") as migrator:
                migrator.execute(objects("after").encode())
            actual = table_as_it_is(TABLE, tier=tier)
        finally:
            admin.execute(f"DROP ROLE {STRANGER}".encode())
            tier.users["app"] = "app"
    assert actual == TABLE.strip("\n")
