"""Objects that another path made: the owner gets those of its equals, and every other one is told by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

MADE = """
CREATE SCHEMA "Made by hand";
SET search_path = "Made by hand";
CREATE TABLE "Table" (id serial PRIMARY KEY, at int GENERATED ALWAYS AS IDENTITY, body text);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9);
CREATE SEQUENCE alone;
CREATE VIEW seen AS SELECT body FROM "Table";
CREATE MATERIALIZED VIEW kept AS SELECT body FROM "Table";
CREATE FUNCTION f(a int, VARIADIC b text[], OUT c int) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p(a "Table") LANGUAGE sql AS '';
CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
CREATE TYPE mood2 AS ENUM ('calm');
CREATE TYPE pair AS (a int, b int);
CREATE TYPE span AS RANGE (subtype = date);
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE COLLATION german FROM "C";
CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
CREATE STATISTICS together ON id, body FROM "Table";
CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
"""
NOT_THE_OWNERS = """
SELECT format('%s %s of %s', o.type, o.identity, refobjid::regrole)
FROM pg_shdepend, pg_identify_object(classid, objid, 0) o
WHERE deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
AND refobjid <> 'datatier_owner'::regrole AND o.type NOT IN ('extension', 'default acl')
AND o.identity !~ 'multirange$'  -- the server lets nobody give these away
"""
XMINS = """
SELECT jsonb_agg(xmin::text ORDER BY oid) FROM (SELECT oid, xmin FROM pg_class UNION ALL SELECT oid, xmin FROM
pg_proc UNION ALL SELECT oid, xmin FROM pg_type UNION ALL SELECT oid, xmin FROM pg_namespace UNION ALL SELECT
oid, xmin FROM pg_auth_members, LATERAL (SELECT roleid AS oid) r) everything
"""


@pytest.mark.parametrize("maker", ["datatier_master", "migrator"])
def test_whatever_an_equal_of_the_owner_made_becomes_the_owners_and_gets_its_grants(
    ready: Tier, maker: str
) -> None:
    with ready.admin() as connection:
        grant = f"GRANT CREATE ON DATABASE {ready.database.name} TO migrator"
        connection.execute(f"{grant}; SET ROLE {maker}; {MADE}".encode())
    assert ready.column(NOT_THE_OWNERS)
    ready.bootstrap()
    assert ready.column(NOT_THE_OWNERS) == []
    assert 'ALTER SCHEMA "Made by hand" OWNER TO "datatier_owner"' in ready.log.text
    with ready.connect("app") as connection:
        connection.execute('SET search_path = "Made by hand"')
        connection.execute("INSERT INTO \"Table\" (body) VALUES ('a')")
        connection.execute("SELECT nextval('alone'), f(1, 'x'), total(1) FROM seen, parted")
    assert ready.column("SELECT pg_has_role('datatier_master', 'migrator', 'MEMBER')") == ["False"]
    before = ready.column(XMINS)
    ready.bootstrap()
    assert ready.column(XMINS) == before


def test_what_a_lesser_login_or_a_stranger_made_is_told_and_stays_theirs(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("CREATE ROLE stranger")
        try:
            connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO app, stranger, datatier_master")
            connection.execute("SET ROLE app; CREATE VIEW peep AS SELECT 1 AS one; RESET ROLE")
            connection.execute("SET ROLE stranger; CREATE TYPE public.own AS ENUM ('a'); RESET ROLE")
            connection.execute(
                "SET ROLE datatier_master; CREATE FUNCTION acts() RETURNS int LANGUAGE sql "
                "SECURITY DEFINER AS 'SELECT 1'; CREATE PUBLICATION changes; RESET ROLE"
            )
            ready.bootstrap()
            owners = "SELECT relowner::regrole FROM pg_class WHERE relname = 'peep'"
            assert ready.column(owners) == ["app"]
        finally:
            connection.execute("RESET ROLE; DROP OWNED BY stranger CASCADE; DROP ROLE stranger")
    for told in (
        "view public.peep (app) is not owned by datatier_owner: app has fewer rights than datatier_owner",
        "type public.own (stranger) is not owned by datatier_owner: stranger is not in the design",
        "function public.acts() (datatier_master) is not owned by datatier_owner: it runs with its owner",
        "publication changes (datatier_master) is not owned by datatier_owner: objects of this type stay",
    ):
        assert told in ready.log.text


def test_a_table_in_use_is_left_for_the_next_run(ready: Tier) -> None:
    with ready.admin() as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO datatier_master")
        connection.execute("SET ROLE datatier_master; CREATE TABLE busy (id int); RESET ROLE")
        with connection.transaction():
            connection.execute("SELECT * FROM busy")
            ready.bootstrap()
    assert (
        'not done in this run: ALTER TABLE public.busy OWNER TO "datatier_owner": canceling' in ready.log.text
    )
    ready.bootstrap()
    assert ready.column("SELECT relowner::regrole FROM pg_class WHERE relname = 'busy'") == ["datatier_owner"]
