"""Brings a tier up, or brings it up to date: environments, emulator, bootstrap, deployment, in that order.

Each step finds out what is already there, so it may be interrupted anywhere and run again. The tables at
the end are built elsewhere.
"""

import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tools.rehearsal import emulator, tier, toolchain
from tools.rehearsal.cdk import CdkCli
from tools.rehearsal.errors import AnotherEnvironment, DeploymentFailed, EmulatorDied, StillRunning
from tools.rehearsal.events import failures, seconds
from tools.rehearsal.exclusive import exclusively
from tools.rehearsal.interpreters import RESOLVER, Interpreter
from tools.rehearsal.layout import Layout
from tools.rehearsal.overlay import overlay
from tools.rehearsal.processes import CDK
from tools.rehearsal.progress import Progress
from tools.rehearsal.reason import explain
from tools.rehearsal.stacks_state import has_toolkit, remove_stillborn, stacks
from tools.rehearsal.teardown import stop_process, take_down
from tools.rehearsal.tier import Tier
from tools.servers.certificates import Authority

LOCKS = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Target:
    """What to bring up: an environment and its two regions."""

    environment: str
    region: str
    recovery_region: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run of `up` has done."""

    tier: Tier
    changed: tuple[str, ...]
    seconds: float


def bring_up(target: Target, *, layout: Layout, repository: Path, console: Console) -> Result:
    """Bring the target up. Raises RehearsalError; what was reached until then stays and is found again."""
    began = datetime.now(UTC)
    with exclusively(layout):
        running = _settle(target, layout=layout, console=console)
        tools = toolchain.find(repository=repository)
        prepare_interpreters(layout, console=console)
        if running is None:
            running = _start(target, layout=layout, repository=repository, tools=tools, console=console)
        cli = CdkCli(layout=layout, repository=repository, toolchain=tools, tier=running)
        _bootstrap(cli, console=console)
        for name in remove_stillborn(running):
            console.print(f"Removed {name}, whose first creation had failed.")
        changed = _deploy(cli, console=console)
    return Result(tier=running, changed=changed, seconds=(datetime.now(UTC) - began).total_seconds())


def prepare_interpreters(layout: Layout, *, console: Console) -> None:
    """Build the emulator's and the Lambdas' Python environments where they are not there yet."""
    wanted = {
        "the emulator": Interpreter(
            directory=layout.emulator_environment, lock=LOCKS / "requirements-emulator.lock"
        ),
        "the Lambdas": Interpreter(
            directory=layout.lambda_environment, lock=LOCKS / "requirements-lambda.lock", modules=RESOLVER
        ),
    }
    for name, interpreter in wanted.items():
        if not interpreter.ready:
            with console.status(f"Building the Python environment of {name}"):
                interpreter.prepare()
            console.print(f"Built the Python environment of {name}.")


def _settle(target: Target, *, layout: Layout, console: Console) -> Tier | None:
    """Return the tier that is already up for this target; clear away what a crash has left.

    Never clears away a tier whose emulator lives: one that is busy answers late, and its servers hold data.
    """
    known = tier.read(layout)
    process = tier.emulator(layout)
    if known and process:
        if known.environment != target.environment:
            raise AnotherEnvironment(
                f"the tier of '{known.environment}' is up, and there is one at a time: "
                f"`make down` first, then `make up ENV={target.environment}`"
            )
        if emulator.answers_in_time(known.port, alive=lambda: process.alive):
            stop_process(layout, CDK)  # one that outlived a killed `up`
            return known
        if process.alive:
            raise EmulatorDied(
                f"the emulated AWS, process {process.pid}, runs but does not answer at {known.endpoint}; "
                "`make down` removes it and its servers"
            )
    if layout.home.exists():
        stopped = take_down(layout)
        if stopped.left:
            listing = "\n".join(f"  {one}" for one in stopped.left)
            raise StillRunning(f"of the tier that was up before, this could not be stopped:\n{listing}")
        if known:
            console.print(
                "The emulated AWS has died, and with it what it knew of the tier. "
                f"Stopped {len(stopped.servers)} servers that it left behind; starting afresh."
            )
    return None


def _start(
    target: Target, *, layout: Layout, repository: Path, tools: toolchain.Toolchain, console: Console
) -> Tier:
    running = Tier(
        environment=target.environment,
        region=target.region,
        recovery_region=target.recovery_region,
        port=emulator.free_port(),
    )
    layout.home.mkdir(parents=True, exist_ok=True)
    text = overlay(
        machine=platform.machine(), python=sys.version_info[:2], ca=Authority(layout.authority).ca_path
    )
    layout.overlay.write_text(text, encoding="utf-8")
    running.save(layout.tier)
    with console.status("Starting the emulated AWS"):
        emulator.start(layout=layout, repository=repository, toolchain=tools, port=running.port)
    console.print(f"The emulated AWS answers at {running.endpoint}.", highlight=False)
    return running


def _bootstrap(cli: CdkCli, *, console: Console) -> None:
    regions = dict.fromkeys((cli.tier.region, cli.tier.recovery_region))
    missing = [region for region in regions if not has_toolkit(cli.tier, region)]
    if not missing:
        return
    with console.status(f"Bootstrapping {' and '.join(missing)} for the CDK"):
        code = cli.bootstrap(missing).finish()
    if code:
        raise DeploymentFailed(explain([], cli.log.read_text(encoding="utf-8", errors="replace")))
    console.print(f"Bootstrapped {' and '.join(missing)} for the CDK.")


def _deploy(cli: CdkCli, *, console: Console) -> tuple[str, ...]:
    cli.layout.deployed.unlink(missing_ok=True)
    since = datetime.now(UTC).replace(microsecond=0)
    progress = Progress(console, look=lambda: stacks(cli.tier), took=lambda stack: seconds(cli.tier, stack))
    with cli.deploy().started() as process:
        code = progress.follow(process)
    if code:
        log = cli.log.read_text(encoding="utf-8", errors="replace")
        raise DeploymentFailed(
            f"{explain(failures(cli.tier, since=since), log)}\nAll that was said: {cli.log}"
        )
    cli.layout.deployed.touch()
    return tuple(stack.name for stack in progress.changed)
