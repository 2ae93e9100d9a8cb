"""Who waits and where reads go, by what is known of each server. Pure; it reads no clock.

PgBouncer by itself fails clients as soon as one login to PostgreSQL has failed ("server login has been
failing"), and only a paused database lets them wait, each for as long as query_wait_timeout allows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from containers.pgbouncer.reachability import Sighting, State

RETURN_SECONDS: Final = 3.0
"""A replica that came back is believed after so long: one that restarts over and over must not take reads."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """What PgBouncer should do: `held` are databases whose clients wait, `reads` the hosts that reads go to.

    `replicas` are those that are healthy, whether PgBouncer takes them all or not.
    """

    held: frozenset[str]
    replicas: tuple[str, ...]
    reads: tuple[str, ...]


class Routing:
    """What is known of each server; times are seconds of one steady clock."""

    def __init__(
        self,
        *,
        database: str,
        read_database: str,
        primary: str,
        replicas: Iterable[str],
        reading_hosts: Callable[[tuple[str, ...]], tuple[str, ...]],
    ) -> None:
        """`reading_hosts` says where reads go while the replicas that it is given are healthy."""
        self._database = database
        self._read_database = read_database
        self._primary = primary
        self._replicas = tuple(replicas)
        self._reading_hosts = reading_hosts
        self._states: dict[str, State] = {}
        self._good_since: dict[str, float] = {}
        self._awaited: dict[str, set[str]] = {}

    @property
    def states(self) -> Mapping[str, State]:
        """What each host was last seen as."""
        return self._states

    def saw(self, sighting: Sighting, *, now: float) -> None:
        """Take a sighting into account."""
        host, state = sighting.host, sighting.state
        first = host not in self._states
        self._states[host] = state
        if state is State.REPLICA or (state is State.REFUSES and first):
            self._good_since.setdefault(host, now - RETURN_SECONDS if first else now)
        elif state is not State.REFUSES:  # one that refuses stays what it was
            self._good_since.pop(host, None)
        if sighting.fresh:
            for awaited in self._awaited.values():
                awaited.discard(host)

    def suspect(self, database: str, *, now: float) -> frozenset[str]:
        """PgBouncer could not log in for a database: its clients wait until each server was looked at anew.

        Returns the hosts to look at; none when the database waits already.
        """
        if database in self.route(now=now).held:
            return frozenset()
        hosts = (
            (self._primary,) if database == self._database else self._reading_hosts(self._healthy(now=now))
        )
        self._awaited[database] = set(hosts)
        return frozenset(hosts)

    def route(self, *, now: float) -> Route:
        """What follows from all that is known."""
        healthy = self._healthy(now=now)
        held = {database for database, awaited in self._awaited.items() if awaited}
        if not self._is_primary_up():
            held.add(self._database)
            if self._reading_hosts(healthy) == (self._primary,):
                held.add(self._read_database)
        return Route(held=frozenset(held), replicas=healthy, reads=self._reading_hosts(healthy))

    def primary_reachable(self) -> bool:
        """Whether the primary takes the login and is a primary."""
        return self._states.get(self._primary) is State.PRIMARY

    def replicas_reachable(self) -> bool:
        """Whether every replica takes the login and is a replica; so it is, too, where none is declared."""
        return all(self._states.get(host) is State.REPLICA for host in self._replicas)

    def _is_primary_up(self) -> bool:
        """One that recovers is not the primary yet, or not any more; one that refuses a login is there."""
        return self._states.get(self._primary) in {State.PRIMARY, State.REFUSES}

    def _healthy(self, *, now: float) -> tuple[str, ...]:
        return tuple(
            host
            for host in self._replicas
            if host in self._good_since and now - self._good_since[host] >= RETURN_SECONDS
        )
