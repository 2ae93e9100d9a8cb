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

    `emulator_pid` is None when the emulated AWS has died; `problem` says why one that lives shows no stacks.
    """

    environment: str
    endpoint: str
    emulator_pid: int | None
    servers: tuple[ServerState, ...]
    stacks: tuple[Stack, ...]
    problem: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether everything that should run runs and every stack reached its goal."""
        running = self.emulator_pid is not None and all(server.well for server in self.servers)
        return running and bool(self.stacks) and all(stack.good for stack in self.stacks)

    def document(self) -> dict[str, object]:
        """Return the condition as it is printed for programs."""
        return {"healthy": self.healthy, **asdict(self)}


def condition(layout: Layout) -> Condition:
    """Look at the tier of a state folder. Raises NotUp, StateUnreadable."""
    known = tier.read(layout)
    if known is None:
        raise NotUp("nothing is up: `make up` deploys prod, `make up ENV=dev` another environment")
    process = tier.emulator(layout)
    problem: str | None = None
    found: list[Stack] = []
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
