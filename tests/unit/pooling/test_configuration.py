"""pgbouncer.ini says what the environment says, for the release that is there, or is not written at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from containers.pgbouncer.configuration import render
from containers.pgbouncer.environment import RUNTIME_DIRECTORY
from containers.pgbouncer.errors import ConfigurationInvalid
from containers.pgbouncer.settings import OURS, PASSED_ON, left_out
from containers.pgbouncer.version import Version
from tests.unit.pooling.cases import ENVIRONMENT, NEWEST, OLDEST, environment, values

HEALTHY = ENVIRONMENT.replica_hosts


def test_the_database_leads_to_the_primary_within_its_pool() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=HEALTHY), "databases")
    assert found["shop"] == (
        "host='primary.example' port='5432' dbname='shop' pool_size='10' max_db_connections='10'"
    )


def test_the_read_database_leads_to_every_healthy_replica_within_its_own_pool() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=HEALTHY), "databases")
    assert found["shop_read"].startswith("host='replica-1.example,replica-2.example' ")
    assert found["shop_read"].endswith("pool_size='7' max_db_connections='7'")


def test_a_release_that_verifies_one_host_only_gets_one() -> None:
    found = values(render(ENVIRONMENT, version=Version(1, 24, 1), replicas=HEALTHY), "databases")
    assert "host='replica-1.example' " in found["shop_read"]


def test_reads_go_to_the_primary_while_no_replica_is_healthy() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=()), "databases")
    assert found["shop_read"].startswith("host='primary.example' ")


def test_both_sides_are_encrypted_and_the_server_is_verified() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=()), "pgbouncer")
    assert found["client_tls_sslmode"] == "require"
    assert found["client_tls_cert_file"] == found["client_tls_ca_file"] == f"{RUNTIME_DIRECTORY}/server.crt"
    assert found["server_tls_sslmode"] == "verify-full"
    assert found["server_tls_ca_file"] == str(ENVIRONMENT.ca_bundle)
    assert found["auth_type"] == "scram-sha-256"
    assert found["auth_file"] == f"{RUNTIME_DIRECTORY}/userlist.txt"


def test_nobody_administers_over_the_network() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=()), "pgbouncer")
    assert found["admin_users"] == ""
    assert found["stats_users"] == "monitor,monitor_clone"
    assert (found["unix_socket_dir"], found["unix_socket_mode"]) == (str(RUNTIME_DIRECTORY), "0700")


def test_health_checks_leave_no_line_in_the_log() -> None:
    found = values(render(ENVIRONMENT, version=NEWEST, replicas=()), "pgbouncer")
    assert [found[name] for name in ("log_connections", "log_disconnections", "log_stats")] == ["0"] * 3
    assert found["log_pooler_errors"] == "1"


def test_a_setting_is_passed_on_as_it_is() -> None:
    given = environment(settings={"pool_mode": "transaction", "max_prepared_statements": "100"})
    found = values(render(given, version=NEWEST, replicas=()), "pgbouncer")
    assert (found["pool_mode"], found["max_prepared_statements"]) == ("transaction", "100")


def test_a_setting_that_the_release_does_not_know_yet_is_left_out_and_told() -> None:
    settings = {"pool_mode": "transaction", "transaction_timeout": "5", "max_prepared_statements": "100"}
    found = values(render(environment(settings=settings), version=OLDEST, replicas=()), "pgbouncer")
    assert found.keys() >= {"pool_mode"}
    assert not found.keys() & {"transaction_timeout", "max_prepared_statements"}
    assert left_out(settings, OLDEST) == ("max_prepared_statements", "transaction_timeout")
    assert left_out(settings, NEWEST) == ()


@pytest.mark.parametrize("name", ["max_prepared_statment", "daemon", "%include /etc/passwd", ""])
def test_a_setting_that_is_not_passed_on_is_named(name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="PGBOUNCER_SETTINGS holds"):
        render(environment(settings={name: "1"}), version=NEWEST, replicas=())


def test_a_setting_that_the_task_decides_is_not_to_be_given() -> None:
    with pytest.raises(ConfigurationInvalid, match="auth_type, which the task itself sets"):
        render(environment(settings={"auth_type": "any"}), version=NEWEST, replicas=())


def test_every_setting_has_one_that_decides_it() -> None:
    written = values(render(ENVIRONMENT, version=NEWEST, replicas=()), "pgbouncer").keys()
    assert written <= OURS
    assert not OURS & PASSED_ON.keys()


@pytest.mark.parametrize("value", ["1\nauth_type = any", "1\r", " 1", "a\0b"])
def test_a_value_of_more_than_one_line_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="the value of query_timeout"):
        render(environment(settings={"query_timeout": value}), version=NEWEST, replicas=())


@pytest.mark.parametrize(
    "name", ["pgbouncer", "dürüm", "my shop", 'sh"op', "it's", "a\nb", "*", "", "x" * 59]
)
def test_a_database_that_pgbouncer_cannot_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be pooled"):
        render(environment(database=name), version=NEWEST, replicas=())


def test_the_longest_name_of_a_database_is_58_characters() -> None:
    assert "x" * 58 + "_read = " in render(environment(database="x" * 58), version=NEWEST, replicas=())


@pytest.mark.parametrize("host", ["a,b", "/run/postgresql", "a' port='1", "a b", "", "@socket"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="is no name or address"):
        render(environment(primary_host=host), version=NEWEST, replicas=())
    with pytest.raises(ConfigurationInvalid, match="is no name or address"):
        render(ENVIRONMENT, version=NEWEST, replicas=(host,))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runtime_directory": Path("/" + "x" * 100)}, "RUNTIME_DIRECTORY is too long"),
        ({"runtime_directory": Path("here")}, "RUNTIME_DIRECTORY is 'here'"),
        ({"ca_bundle": Path("/ca\n.pem")}, "CA_BUNDLE is"),
        ({"listen_address": "a b"}, "LISTEN_ADDRESS is 'a b'"),
    ],
)
def test_a_path_or_address_that_the_file_cannot_hold_is_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigurationInvalid, match=words):
        render(environment(**changes), version=NEWEST, replicas=())


@pytest.mark.parametrize(
    ("version", "ignored"),
    [
        (Version(1, 18), "extra_float_digits"),
        (Version(1, 20), ""),
        (Version(1, 26, 0), ""),
        (Version(1, 26, 1), "extra_float_digits"),
    ],
)
def test_nothing_is_ignored_where_that_lets_anybody_stop_the_pooler(version: Version, ignored: str) -> None:
    found = values(render(ENVIRONMENT, version=version, replicas=()), "pgbouncer")
    assert found["ignore_startup_parameters"] == ignored
