"""The pools that settings stand for, and the connections that an instance class is taken to have."""

from collections.abc import Callable

import pytest

from lambdas.issue_certificate.plan import Terms
from stacks.settings import Environment, catalog
from stacks.settings.instances import fewest_connections, memory_gib
from stacks.settings.pgbouncer import pgbouncer_settings, pool_sizes
from stacks.settings.pooling import PoolingSettings
from stacks.settings.rules.pooling import least_authority_days

Load = Callable[[str], Environment]

MICRO = 'database.instance_class = "db.t3.micro"\n'


def test_where_nothing_is_said_applications_pool_for_themselves(load_with: Load) -> None:
    assert load_with("").pooling.mode == "client"


def test_the_documents_figures_are_the_defaults() -> None:
    settings = PoolingSettings()
    assert (settings.pool_size, settings.idle_timeout_seconds, settings.max_lifetime_seconds) == (
        20,
        10,
        3600,
    )


def test_a_pools_size_is_shared_among_the_tasks() -> None:
    settings = PoolingSettings(pool_size=30, read_pool_size=12, tasks=3)
    assert pool_sizes(settings) == {"primary": 10, "replicas": 4}


def test_every_figure_reaches_pgbouncer_under_its_own_name() -> None:
    settings = PoolingSettings(
        pool_mode="session",
        idle_timeout_seconds=11,
        max_lifetime_seconds=3601,
        max_client_connections=2001,
        query_wait_timeout_seconds=121,
        connect_timeout_seconds=6,
        login_retry_seconds=2,
        max_prepared_statements=0,
        keepalive_idle_seconds=61,
        unanswered_seconds=31,
    )
    assert pgbouncer_settings(settings) == {
        "pool_mode": "session",
        "server_idle_timeout": "11",
        "server_lifetime": "3601",
        "max_client_conn": "2001",
        "client_login_timeout": "121",
        "query_wait_timeout": "121",
        "server_connect_timeout": "6",
        "server_login_retry": "2",
        "max_prepared_statements": "0",
        "tcp_keepalive": "1",
        "tcp_keepidle": "61",
        "tcp_keepintvl": "10",
        "tcp_keepcnt": "3",
        "tcp_user_timeout": "31000",
    }


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        ("db.t3.micro", 1),
        ("db.t3.medium", 4),
        ("db.t4g.2xlarge", 32),
        ("db.m6g.large", 8),
        ("db.r6g.xlarge", 32),
        ("db.r6gd.16xlarge", 512),
        ("db.m7i.48xlarge", 768),
        ("db.x2g.large", 32),
        ("db.x2iedn.32xlarge", 4096),
        ("db.z9.large", None),
        ("large", None),
    ],
)
def test_a_class_has_the_memory_that_rds_says(name: str, gib: int | None) -> None:
    assert memory_gib(name) == gib


def test_the_memory_of_every_class_that_rds_offers_is_known() -> None:
    offered = catalog.instance_classes(region="us-east-1", release="15.17")
    assert [name for name in offered if memory_gib(name) is None] == []


def test_a_class_is_taken_to_have_fewer_connections_than_rds_gives_and_never_more_than_5000() -> None:
    # What RDS gives: 81 (db.t3.micro), as seen by its users, and 5000 where memory no longer counts.
    assert fewest_connections("db.t3.micro") == 78
    assert fewest_connections("db.r6g.16xlarge") == 5000


@pytest.mark.parametrize(
    "text",
    [
        'pooling.mode = "pgbouncer"',
        'pooling = {mode = "pgbouncer", pool_size = 12, read_pool_size = 12}\n' + MICRO,
        # What RDS computes is not known here.
        'pooling.mode = "pgbouncer"\ndatabase.parameters.max_connections = "{DBInstanceClassMemory/4}"\n'
        + MICRO,
        # Nothing is deployed that it could be wrong for.
        "pooling.pool_size = 21\npooling.tasks = 4\npooling.memory_mb = 777",
    ],
)
def test_what_can_stand_together_is_accepted(load_with: Load, text: str) -> None:
    assert load_with(text).pooling is not None


def test_only_a_rehearsal_may_run_an_older_pgbouncer(load_with: Load) -> None:
    text = (
        'pooling.mode = "pgbouncer"\npooling.minimum_version = "1.18.0"\n'
        'functions.ca_bundle = "lambdas/common/certificates/rds.pem"'
    )
    assert load_with(text).pooling.minimum_version == "1.18.0"


@pytest.mark.parametrize("days", [7, 90, 364, 365, 366, 397])
def test_the_shortest_life_of_an_authority_is_the_one_that_its_issuer_accepts(days: int) -> None:
    assert least_authority_days(days) == Terms(certificate_days=days, authority_days=0).least_authority_days
