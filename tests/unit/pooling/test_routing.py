"""Who waits and where reads go, by what was seen of each server."""

from __future__ import annotations

from containers.pgbouncer.reachability import Sighting, State
from containers.pgbouncer.routing import RETURN_SECONDS, Route, Routing

PRIMARY, FIRST, SECOND = "primary", "replica-1", "replica-2"
BOTH = frozenset({"shop", "shop_read"})


def routing(*replicas: str, hosts: int = 9) -> Routing:
    """What is known before anything was seen; `hosts` is how many PgBouncer takes for reads."""
    return Routing(
        database="shop",
        read_database="shop_read",
        primary=PRIMARY,
        replicas=replicas,
        reading_hosts=lambda healthy: (healthy or (PRIMARY,))[:hosts],
    )


def seen(known: Routing, now: float = 0.0, *, fresh: bool = True, **states: State) -> Route:
    """Let hosts be seen, and return what follows."""
    names = {"primary": PRIMARY, "first": FIRST, "second": SECOND}
    for name, state in states.items():
        known.saw(Sighting(host=names[name], state=state, fresh=fresh), now=now)
    return known.route(now=now)


def test_nobody_waits_while_all_servers_are_what_they_should_be() -> None:
    route = seen(routing(FIRST, SECOND), primary=State.PRIMARY, first=State.REPLICA, second=State.REPLICA)
    assert route == Route(held=frozenset(), replicas=(FIRST, SECOND), reads=(FIRST, SECOND))


def test_clients_wait_while_the_primary_is_down_and_reads_go_on() -> None:
    route = seen(routing(FIRST), primary=State.DOWN, first=State.REPLICA)
    assert route == Route(held=frozenset({"shop"}), replicas=(FIRST,), reads=(FIRST,))


def test_reads_wait_with_the_primary_when_they_would_go_there() -> None:
    assert seen(routing(), primary=State.DOWN).held == BOTH
    assert seen(routing(FIRST), primary=State.DOWN, first=State.DOWN).held == BOTH


def test_a_primary_that_recovers_is_none_yet() -> None:
    assert seen(routing(), primary=State.REPLICA).held == BOTH


def test_a_primary_that_refuses_the_monitor_is_there_for_others() -> None:
    known = routing()
    assert seen(known, primary=State.REFUSES).held == frozenset()
    assert not known.primary_reachable()


def test_a_replica_that_is_down_or_promoted_takes_no_reads() -> None:
    for state in (State.DOWN, State.PRIMARY):
        known = routing(FIRST, SECOND)
        seen(known, primary=State.PRIMARY, first=State.REPLICA, second=State.REPLICA)
        assert seen(known, 1, first=state).replicas == (SECOND,)
        assert not known.replicas_reachable()


def test_a_replica_is_believed_again_after_a_while() -> None:
    known = routing(FIRST)
    seen(known, primary=State.PRIMARY, first=State.REPLICA)
    seen(known, 10, first=State.DOWN)
    assert seen(known, 20, first=State.REPLICA).replicas == ()
    assert known.route(now=20 + RETURN_SECONDS).replicas == (FIRST,)


def test_a_replica_that_comes_and_goes_takes_no_reads() -> None:
    known = routing(FIRST)
    seen(known, primary=State.PRIMARY, first=State.DOWN)
    for now in range(1, 20, 2):
        assert seen(known, now, first=State.REPLICA).replicas == ()
        seen(known, now + 1, first=State.DOWN)


def test_a_replica_that_refuses_the_monitor_stays_what_it_was() -> None:
    known = routing(FIRST)
    assert seen(known, primary=State.PRIMARY, first=State.REFUSES).replicas == (FIRST,)
    seen(known, 1, first=State.PRIMARY)
    assert seen(known, 9, first=State.REFUSES).replicas == ()
    assert not known.replicas_reachable()


def test_the_order_of_replicas_is_the_declared_one() -> None:
    known = routing(FIRST, SECOND)
    route = seen(known, primary=State.PRIMARY, second=State.REPLICA, first=State.REPLICA)
    assert route.replicas == (FIRST, SECOND)


def test_a_suspicion_has_clients_wait_until_a_new_session_was_made() -> None:
    known = routing()
    seen(known, primary=State.PRIMARY)
    assert known.suspect("shop", now=1) == {PRIMARY}
    assert known.route(now=1).held == {"shop"}
    assert seen(known, 2, fresh=False, primary=State.PRIMARY).held == {"shop"}
    assert seen(known, 3, fresh=True, primary=State.PRIMARY).held == frozenset()


def test_a_suspicion_about_reads_is_about_the_servers_that_take_them() -> None:
    known = routing(FIRST, SECOND, hosts=1)
    seen(known, primary=State.PRIMARY, first=State.REPLICA, second=State.REPLICA)
    assert known.suspect("shop_read", now=1) == {FIRST}
    assert seen(known, 2, second=State.REPLICA).held == {"shop_read"}
    assert seen(known, 2, first=State.REPLICA).held == frozenset()


def test_who_waits_already_is_not_suspected_again() -> None:
    known = routing()
    seen(known, primary=State.DOWN)
    assert known.suspect("shop", now=1) == frozenset()
    assert seen(known, 2, primary=State.PRIMARY).held == frozenset()


def test_where_pgbouncer_takes_one_host_the_others_wait_for_their_turn() -> None:
    known = routing(FIRST, SECOND, hosts=1)
    both = seen(known, primary=State.PRIMARY, first=State.REPLICA, second=State.REPLICA)
    assert both.reads == (FIRST,)
    assert seen(known, 1, second=State.DOWN).reads == (FIRST,)
    assert seen(known, 2, first=State.DOWN).reads == (PRIMARY,)
