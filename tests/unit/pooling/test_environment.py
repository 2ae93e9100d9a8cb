"""The task's environment variables: what is wrong with one is said by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from containers.pgbouncer.environment import RUNTIME_DIRECTORY, PoolSizes, parse_environment
from containers.pgbouncer.version import Version
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import EnvironmentInvalid

VARIABLES = {
    "LISTEN_ADDRESS": "0.0.0.0",  # noqa: S104  as in AWS
    "LISTEN_PORT": "6432",
    "HEALTH_PORT": "8432",
    "PRIMARY_HOST": "primary.example",
    "POSTGRES_PORT": "5432",
    "DATABASE": "shop",
    "REPLICA_HOSTS": "[]",
    "LOGIN_SECRET_ARNS": json.dumps({"app": "arn:app", "monitor": "arn:monitor"}),
    "CERTIFICATE_SECRET_ARN": "arn:certificate",
    "PGBOUNCER_SETTINGS": json.dumps({"pool_mode": "transaction"}),
    "POOL_SIZES": json.dumps({"primary": 10, "replicas": 5}),
    "MINIMUM_VERSION": "1.26.1",
    "REFRESH_SECONDS": "300",
    "DRAIN_SECONDS": "100",
    "METRICS_SECONDS": "60",
    "METRICS_NAMESPACE": "datatier/dev",
}


def test_the_stacks_variables_are_read() -> None:
    found = parse_environment(VARIABLES)
    assert found.pool_sizes == PoolSizes(primary=10, replicas=5)
    assert found.minimum_version == Version(1, 26, 1)
    assert found.replica_hosts == ()
    assert (found.database, found.read_database) == ("shop", "shop_read")
    assert (found.ca_bundle, found.runtime_directory, found.program) == (
        RDS_CA_BUNDLE,
        RUNTIME_DIRECTORY,
        "pgbouncer",
    )


def test_a_rehearsal_may_name_its_own_authority_folder_and_program() -> None:
    own = {"CA_BUNDLE": "/ca.pem", "RUNTIME_DIRECTORY": "/run/pool", "PGBOUNCER": "/opt/pgbouncer"}
    found = parse_environment({**VARIABLES, **own})
    assert found.ca_bundle == Path("/ca.pem")
    assert found.runtime_directory == Path("/run/pool")
    assert found.program == "/opt/pgbouncer"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_not_set_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment({key: value for key, value in VARIABLES.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN_PORT", "0"),
        ("HEALTH_PORT", "65536"),
        ("POSTGRES_PORT", "five"),
        ("REPLICA_HOSTS", '"replica"'),
        ("LOGIN_SECRET_ARNS", '{"app": "arn:app"}'),
        ("LOGIN_SECRET_ARNS", "{}"),
        ("PGBOUNCER_SETTINGS", '{"max_client_conn": 1000}'),
        ("POOL_SIZES", '{"primary": 10}'),
        ("POOL_SIZES", '{"primary": 10, "replicas": 0}'),
        ("POOL_SIZES", '{"primary": true, "replicas": 5}'),
        ("POOL_SIZES", '{"primary": 10, "replicas": 5, "others": 5}'),
        ("MINIMUM_VERSION", "newest"),
        ("REFRESH_SECONDS", "0"),
        ("METRICS_SECONDS", "-1"),
    ],
)
def test_a_variable_that_is_malformed_is_named(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment({**VARIABLES, name: value})
