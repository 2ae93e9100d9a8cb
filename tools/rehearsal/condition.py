"""The condition of what is up: environment, emulator, servers, stacks. What `datatier status` says."""

from dataclasses import asdict, dataclass

from tools.rehearsal import servers, tier
from tools.rehearsal.errors import EmulatorRefused, NotUp
from tools.rehearsal.layout import Layout
from tools.rehearsal.servers import ServerState
from tools.rehearsal.stacks_state import Stack, stacks


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A tier at one moment.

    `emulator_pid` is None when the emulated AWS has died; `problem` says what is amiss beside the servers,
    and what to type.
    """

    environment: str
    endpoint: str
    emulator_pid: int | None
    servers: tuple[ServerState, ...]
    stacks: tuple[Stack, ...]
    problem: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether everything that should run runs, and the last deployment reached its end."""
        return self.problem is None and all(server.well for server in self.servers)

    def document(self) -> dict[str, object]:
        """Return the condition as it is printed for programs."""
        return {"healthy": self.healthy, **asdict(self)}


def condition(layout: Layout) -> Condition:
    """Look at the tier of a state folder. Raises NotUp, StateUnreadable."""
    known = tier.read(layout)
    if known is None:
        raise NotUp("nothing is up: `make up` deploys prod, `make up ENV=dev` another environment")
    process = tier.emulator(layout)
    again = f"`make up ENV={known.environment}`"
    problem: str | None = None
    found: list[Stack] = []
    if process is None:
        problem = f"the emulated AWS has died: {again} starts afresh"
    elif not layout.deployed.exists():
        problem = f"the last deployment did not reach its end: {again} goes on from here"
    try:
        found = stacks(known) if process else []
    except EmulatorRefused as error:
        problem = str(error)
    return Condition(
        environment=known.environment,
        endpoint=known.endpoint,
        emulator_pid=process.pid if process else None,
        servers=tuple(servers.states(layout)),
        stacks=tuple(found),
        problem=problem,
    )
