"""The database to restore into: what programs are told of it, and which releases are always too old."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from containers.backup.errors import TargetRefused
from containers.backup.programs import Programs
from containers.backup.restore.target import Target, refuse_old

TARGET = Target(
    parameters={"host": "db.example", "dbname": "a 'b' = c", "user": "master", "password": "secret"},
    programs=Programs(),
)


def test_a_program_hears_soon_that_its_server_is_gone() -> None:
    told = conninfo_to_dict(TARGET.address)
    assert told.pop("dbname") == "a 'b' = c"
    # Neither host nor password: an argument is seen by everybody.
    assert told == {
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }


def test_a_program_is_not_ended_while_it_waits() -> None:
    assert TARGET.login["options"] == "-c idle_session_timeout=0"


@pytest.mark.parametrize("version", [90624, 130014])
def test_a_release_older_than_any_backup_is_refused(version: int) -> None:
    with pytest.raises(TargetRefused, match="too old"):
        refuse_old(version, title="database x")


def test_a_release_that_some_backup_may_be_of_is_not_refused() -> None:
    refuse_old(140000, title="database x")
