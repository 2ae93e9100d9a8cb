"""The pools' figures between two publications."""

from __future__ import annotations

from containers.pgbouncer.metrics import PRIMARY, REPLICAS, Figure, Peaks
from lambdas.common.pooler_console import Pool

UP = {PRIMARY: True, REPLICAS: True}


def peaks() -> Peaks:
    return Peaks({PRIMARY: 10, REPLICAS: 5}, {PRIMARY: "shop", REPLICAS: "shop_read"})


def pool(database: str = "shop", user: str = "app", **changes: float) -> Pool:
    counts = {"clients": 0, "waiting": 0, "lent": 0, "idle": 0, "logging_in": 0}
    wait = changes.pop("longest_wait", 0.0)
    return Pool(
        database=database,
        user=user,
        longest_wait=wait,
        **{**counts, **{k: int(v) for k, v in changes.items()}},
    )


def value(figures: list[Figure], name: str, of: str | None = None) -> float | None:
    return next((figure.value for figure in figures if (figure.name, figure.pool) == (name, of)), None)


def test_the_users_of_a_pool_share_its_size() -> None:
    known = peaks()
    known.sample([pool(lent=4), pool(user="app_clone", lent=2), pool("shop_read", lent=5)], UP)
    figures = known.take()
    assert value(figures, "PoolUtilization", PRIMARY) == 60
    assert value(figures, "PoolUtilization", REPLICAS) == 100


def test_the_highest_of_all_samples_is_published_once() -> None:
    known = peaks()
    known.sample([pool(waiting=9, longest_wait=1.5, clients=12)], UP)
    known.sample([pool(waiting=1, longest_wait=0.2, clients=20)], UP)
    figures = known.take()
    assert value(figures, "PoolClientsWaiting", PRIMARY) == 9
    assert value(figures, "PoolLongestWait", PRIMARY) == 1.5
    assert value(figures, "PoolClients", PRIMARY) == 20
    known.sample([pool()], UP)
    assert value(known.take(), "PoolClientsWaiting", PRIMARY) == 0


def test_a_server_that_was_out_of_reach_once_was_out_of_reach() -> None:
    known = peaks()
    known.sample([], {PRIMARY: False, REPLICAS: True})
    known.sample([], UP)
    figures = known.take()
    assert value(figures, "PoolReachable", PRIMARY) == 0
    assert value(figures, "PoolReachable", REPLICAS) == 1


def test_a_console_that_did_not_answer_leaves_a_gap_and_not_a_zero() -> None:
    known = peaks()
    known.reach(UP)
    figures = known.take()
    assert value(figures, "PoolUtilization", PRIMARY) is None
    assert value(figures, "PoolReachable", PRIMARY) == 1


def test_refused_logins_are_counted_since_the_last_time() -> None:
    known = peaks()
    known.login_failed()
    known.login_failed()
    assert value(known.take(), "PoolLoginFailures") == 2
    assert value(known.take(), "PoolLoginFailures") == 0
