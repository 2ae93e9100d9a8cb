"""What the login may not read is refused with the statement that grants it, and backed up once it has run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from containers.backup.errors import Unreadable

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

GUARDED = """
CREATE TABLE open_to_all (id int);
CREATE TABLE guarded (id int, tenant text);
INSERT INTO guarded VALUES (1, 'a'), (2, 'b');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE TABLE "Guarded ""2"" " (id int);
INSERT INTO "Guarded ""2"" " VALUES (1);
ALTER TABLE "Guarded ""2"" " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
"""
GRANT = re.compile(r"CREATE POLICY backup_sees_all ON .*? USING \(true\)")
SECOND = 'CREATE POLICY of_second ON "Guarded ""2"" " FOR SELECT TO datatier_backup USING (true)'


def test_tables_with_row_level_security_are_all_named_with_statements_that_help(taking: Taking) -> None:
    taking.run(GUARDED)
    with pytest.raises(Unreadable) as caught:
        taking.take()
    message = str(caught.value)
    assert "open_to_all" not in message
    assert 'public.Guarded "2" , public.guarded' in message
    assert taking.store.files() == []
    grants = GRANT.findall(message)
    assert len(grants) == 2
    for grant in grants:
        taking.run(grant)
    manifest = taking.take()
    assert {table.name: table.rows for table in manifest.tables}["guarded"] == 2
    with taking.restored(manifest):
        pass


@pytest.mark.parametrize(
    "policies",
    [
        "CREATE POLICY p ON guarded USING (tenant = 'a')",
        "CREATE POLICY p ON guarded FOR UPDATE USING (true)",
        "CREATE POLICY p ON guarded FOR SELECT TO datatier_readonly USING (true)",
        "CREATE POLICY p ON guarded USING (true); CREATE POLICY q ON guarded AS RESTRICTIVE USING (id > 1)",
    ],
)
def test_a_policy_that_may_hide_a_row_is_not_enough(taking: Taking, policies: str) -> None:
    taking.run(f"{GUARDED}; {SECOND}; {policies}")
    with pytest.raises(Unreadable, match=r"hide rows of public\.guarded from"):
        taking.take()


@pytest.mark.parametrize(
    "policies",
    [
        "CREATE POLICY p ON guarded USING (true)",
        "CREATE POLICY p ON guarded FOR SELECT TO backup USING (true)",
        """
        CREATE POLICY p ON guarded FOR SELECT TO datatier_backup USING (true);
        CREATE POLICY q ON guarded AS RESTRICTIVE TO app USING (false);
        CREATE POLICY r ON guarded AS RESTRICTIVE FOR DELETE USING (false)
        """,
    ],
)
def test_a_policy_that_shows_every_row_to_the_backup_is_enough(taking: Taking, policies: str) -> None:
    taking.run(f"{GUARDED}; {SECOND}; {policies}")
    assert {table.name: table.rows for table in taking.take().tables}["guarded"] == 2


def test_a_policy_that_comes_between_the_snapshot_and_the_locks_hides_nothing(taking: Taking) -> None:
    taking.run("CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (1)")
    with pytest.raises(Unreadable):
        taking.attempt(between=lambda: taking.run("ALTER TABLE guarded ENABLE ROW LEVEL SECURITY"))
    assert taking.store.files() == []


def test_large_objects_are_refused_until_each_is_granted(taking: Taking) -> None:
    taking.run("SELECT lo_from_bytea(900001, decode(repeat('00ff', 40000), 'hex'))")
    with pytest.raises(Unreadable) as caught:
        taking.take()
    grant = re.search(r"GRANT SELECT ON LARGE OBJECT \d+ TO datatier_backup", str(caught.value))
    assert grant
    taking.run(grant.group())
    manifest = taking.take()
    assert manifest.large_objects
    assert manifest.large_objects.count == 1
    with taking.restored(manifest) as found:
        assert found.execute("SELECT length(lo_get(900001))").fetchall() == [(80000,)]


def test_a_table_that_the_login_may_not_read_is_refused(taking: Taking) -> None:
    with taking.tier.admin() as admin:
        admin.execute("REVOKE pg_read_all_data FROM datatier_backup")
    taking.run("CREATE TABLE closed (id int)")
    with pytest.raises(Unreadable, match="GRANT pg_read_all_data"):
        taking.take()
    assert taking.store.files() == []
