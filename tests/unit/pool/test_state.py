"""What one task's console says, in the terms of the tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.common.pooler_console import Database, Pool
from tools.pool.state import TaskState, state_of

if TYPE_CHECKING:
    from tools.pool.state import Role

NAMES: dict[Role, str] = {"primary": "app", "replicas": "app_read"}


def users(database: str, *, waiting: int = 0, longest_wait: float = 0.0) -> list[Pool]:
    """Return a login and its twin, with three connections each, of which two are lent."""
    return [
        Pool(
            database=database, user=user, clients=5, waiting=waiting, lent=2, idle=1, logging_in=0,
            longest_wait=longest_wait,
        )
        for user in ("app", "app_clone")
    ]  # fmt: skip


def database(name: str, *, host: str = "primary", paused: bool = False) -> Database:
    return Database(
        name=name, host=host, port=5432, pool_size=10, max_connections=10, connections=6, paused=paused
    )


def state(*, paused: bool = False, waiting: int = 0) -> TaskState:
    return state_of(
        "10.0.0.1",
        pools=[*users("app", waiting=waiting, longest_wait=1.5), *users("app_read")],
        databases=[database("app", paused=paused), database("app_read", host="one,two")],
        names=NAMES,
    )


def test_a_login_and_its_twin_share_one_pool() -> None:
    primary, replicas = state(waiting=3).pools
    assert (primary.pool, primary.lent, primary.connections, primary.size) == ("primary", 4, 6, 10)
    assert (primary.clients, primary.waiting, primary.longest_wait) == (10, 6, 1.5)
    assert primary.utilization == pytest.approx(40)
    assert replicas.hosts == ("one", "two")


def test_a_database_that_nobody_has_entered_yet_is_shown_empty() -> None:
    found = state_of("10.0.0.1", pools=[], databases=[database("app")], names=NAMES)
    (pool,) = found.pools
    assert (pool.clients, pool.connections, pool.longest_wait) == (0, 0, 0)
    assert found.well


def test_a_task_that_does_not_answer_is_not_well() -> None:
    assert not TaskState(address="10.0.0.1", problem="no verified connection").well


@pytest.mark.parametrize(("paused", "waiting", "well"), [(True, 1, False), (True, 0, True), (False, 9, True)])
def test_clients_held_back_by_a_pause_are_no_good_state(paused: bool, waiting: int, well: bool) -> None:  # noqa: FBT001  parameters of the table
    assert state(paused=paused, waiting=waiting).well is well


def test_the_document_for_programs_has_the_utilization_of_every_pool() -> None:
    document = state().document()
    assert isinstance(document["pools"], list)
    assert [pool["utilization"] for pool in document["pools"]] == [40.0, 40.0]
