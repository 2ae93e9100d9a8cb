"""What PgBouncer is told when servers come and go, in which order, and when it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from containers.pgbouncer import failover as module
from containers.pgbouncer.errors import ConsoleFailed
from containers.pgbouncer.failover import Failover
from containers.pgbouncer.reachability import Sighting, State
from containers.pgbouncer.routing import Routing
from tests.integration.bootstrap.tier import RecordedLog

PRIMARY, REPLICA = "primary", "replica"


@dataclass
class Told:
    """A PgBouncer that remembers what it was told, but for what it is deaf to."""

    words: list[str] = field(default_factory=list[str])
    deaf_to: str = ""

    def ready(self) -> None:
        """Nothing to prepare."""

    def pause(self, database: str) -> None:
        self._say(f"PAUSE {database}")

    def resume(self, database: str) -> None:
        self._say(f"RESUME {database}")

    def reload(self) -> None:
        self._say("RELOAD")

    def _say(self, word: str) -> None:
        if self.deaf_to and word.startswith(self.deaf_to):
            raise ConsoleFailed("it does not answer")
        self.words.append(word)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Scene:
    """A task with one replica, and what its PgBouncer was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        monkeypatch.setattr(module, "time", self.clock)
        self.pgbouncer = Told()
        self.written: list[tuple[str, ...]] = []
        self.log = RecordedLog()
        self.released = 0
        self.failover = Failover(
            routing=Routing(
                database="shop",
                read_database="shop_read",
                primary=PRIMARY,
                replicas=(REPLICA,),
                reading_hosts=lambda healthy: healthy or (PRIMARY,),
            ),
            read_database="shop_read",
            console=self.pgbouncer,
            write=self._write,
            released=self._count,
            login_retry_seconds=1.0,
            log=self.log,
        )
        self.sees(primary=State.PRIMARY, replica=State.REPLICA)
        self.pgbouncer.words.clear()
        self.written.clear()

    def sees(self, *, seconds: float = 0.0, address: str = "", **states: State) -> list[str]:
        """Let time pass and servers be seen; returns what PgBouncer is told by that."""
        self.clock.now += seconds
        before = len(self.pgbouncer.words)
        for host, state in states.items():
            self.failover.saw(Sighting(host=host, state=state, fresh=True, address=address))
        self.failover.saw(Sighting(host="nobody", state=State.DOWN))  # so that there is something to take
        self.failover.work()
        return self.pgbouncer.words[before:]

    def _write(self, replicas: tuple[str, ...]) -> None:
        self.written.append(replicas)

    def _count(self) -> None:
        self.released += 1


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_clients_wait_while_the_primary_is_down(scene: Scene) -> None:
    assert scene.sees(primary=State.DOWN) == ["PAUSE shop"]
    assert scene.sees(seconds=5, primary=State.DOWN) == []
    assert scene.sees(seconds=5, primary=State.PRIMARY) == ["RESUME shop"]
    assert scene.released == 1


def test_clients_wait_at_least_for_pgbouncers_own_pause_between_logins(scene: Scene) -> None:
    scene.sees(primary=State.DOWN)
    assert scene.sees(seconds=0.3, primary=State.PRIMARY) == []
    assert scene.sees(seconds=1.0) == ["RESUME shop"]


def test_clients_wait_until_pgbouncer_has_forgotten_an_old_address(scene: Scene) -> None:
    scene.sees(primary=State.PRIMARY, address="10.0.0.1")
    scene.sees(primary=State.DOWN)
    assert scene.sees(seconds=2, primary=State.PRIMARY, address="10.0.0.2") == []
    assert scene.sees(seconds=3) == []
    assert scene.sees(seconds=4) == ["RESUME shop"]


def test_reads_wait_for_the_moment_in_which_they_leave_a_dead_replica(scene: Scene) -> None:
    assert scene.sees(replica=State.DOWN) == ["PAUSE shop_read", "RELOAD"]
    assert scene.written == [()]
    assert scene.sees(seconds=2) == ["RESUME shop_read"]


def test_reads_return_to_a_replica_without_waiting(scene: Scene) -> None:
    scene.sees(replica=State.DOWN)
    scene.sees(seconds=2)
    scene.sees(replica=State.REPLICA)
    assert scene.sees(seconds=5, replica=State.REPLICA) == ["RELOAD"]
    assert scene.written[-1] == (REPLICA,)


def test_reads_that_have_nowhere_to_go_wait_with_the_primary(scene: Scene) -> None:
    told = scene.sees(primary=State.DOWN, replica=State.DOWN)
    assert told == ["PAUSE shop", "PAUSE shop_read", "RELOAD"]
    assert scene.sees(seconds=5, primary=State.PRIMARY) == ["RESUME shop", "RESUME shop_read"]


def test_a_pgbouncer_that_could_not_be_told_is_told_later(scene: Scene) -> None:
    scene.pgbouncer.deaf_to = "PAUSE"
    assert scene.sees(primary=State.DOWN) == []
    assert "could not be told" in scene.log.lines[-1]
    scene.pgbouncer.deaf_to = ""
    assert scene.sees(seconds=1) == ["PAUSE shop"]


def test_a_configuration_that_pgbouncer_did_not_hear_of_is_told_again(scene: Scene) -> None:
    scene.pgbouncer.words.clear()
    scene.pgbouncer.deaf_to = "RELOAD"
    assert scene.sees(replica=State.DOWN) == ["PAUSE shop_read"]
    scene.pgbouncer.deaf_to = ""
    assert scene.sees(seconds=2) == ["RELOAD", "RESUME shop_read"]


def test_what_clients_are_told_right_after_a_pause_is_no_new_suspicion(scene: Scene) -> None:
    scene.sees(primary=State.DOWN)
    scene.sees(seconds=5, primary=State.PRIMARY)
    scene.failover.suspect("shop", surely=False)
    assert scene.sees(seconds=0.1) == []
