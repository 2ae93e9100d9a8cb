"""The tasks' variables are parsed once; what is missing or malformed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from containers.backup.environment import parse_drill, parse_take
from containers.backup.programs import DIRECTORY
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import EnvironmentInvalid

TAKE = {
    "BUCKET": "the-bucket",
    "DATABASE": "app",
    "PRIMARY_HOST": "primary.example",
    "REPLICA_HOSTS": '["one.example", "two.example"]',
    "POSTGRES_PORT": "5432",
    "LOGIN_SECRET_ARN": "arn",
    "STREAMS": "2",
    "CHUNK_MIB": "512",
    "METRICS_NAMESPACE": "datatier/dev",
}
DRILL = {
    "BUCKET": "the-replica",
    "DATABASE": "app",
    "STREAMS": "4",
    "APPLY_MIGRATIONS": "true",
    "METRICS_NAMESPACE": "datatier/dev",
}


def test_a_backups_variables_become_its_settings() -> None:
    parsed = parse_take(TAKE)
    assert parsed.replica_hosts == ("one.example", "two.example")
    assert (parsed.postgres_port, parsed.streams, parsed.chunk_mib) == (5432, 2, 512)
    assert (parsed.ca_bundle, parsed.programs.directory) == (RDS_CA_BUNDLE, DIRECTORY)


def test_a_drills_variables_become_its_settings() -> None:
    parsed = parse_drill(DRILL | {"POSTGRES_PROGRAMS": "/opt/pg/bin", "POSTGRES_LIBRARIES": "/opt/pg/lib"})
    assert (parsed.scratch_directory, parsed.apply_migrations) == (Path("/scratch"), True)
    assert parsed.programs.directory == Path("/opt/pg/bin")
    assert parsed.programs.environment()["LD_LIBRARY_PATH"] == "/opt/pg/lib"


@pytest.mark.parametrize("name", TAKE)
def test_a_backups_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_take({key: value for key, value in TAKE.items() if key != name})


@pytest.mark.parametrize("name", DRILL)
def test_a_drills_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_drill({key: value for key, value in DRILL.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STREAMS", "0"),
        ("STREAMS", "65"),
        ("STREAMS", "two"),
        ("CHUNK_MIB", "0"),
        ("CHUNK_MIB", "-1"),
        ("POSTGRES_PORT", "65536"),
        ("REPLICA_HOSTS", "one.example"),
        ("REPLICA_HOSTS", "[1]"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_take(TAKE | {name: value})


@pytest.mark.parametrize("value", ["yes", "True", "1"])
def test_a_flag_is_true_or_false_and_nothing_else(value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="APPLY_MIGRATIONS"):
        parse_drill(DRILL | {"APPLY_MIGRATIONS": value})
