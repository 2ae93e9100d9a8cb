"""Tasks and balancers outlive a killed emulator, and `down` finds and stops every one all the same."""

from __future__ import annotations

import os
import secrets
import signal
from typing import TYPE_CHECKING

from tests.integration.rehearsal.emulated_aws import emulated_aws, until
from tests.integration.rehearsal.toy_containers import REPOSITORY, ToyService, client, publish
from tools.rehearsal.condition import condition
from tools.rehearsal.servers import find, states
from tools.rehearsal.teardown import take_down
from tools.rehearsal.tier import emulator
from tools.state import state_directory

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws
    from tools.rehearsal.servers import ServerState


def test_a_killed_emulator_leaves_nothing_that_down_does_not_stop() -> None:
    with emulated_aws(state_directory() / "emulators") as aws:
        toy = deployed_toy(aws)
        shown = {(one.kind, one.well) for one in condition_of(aws)}
        assert shown == {("ECS task", True), ("NLB", True)}
        running = find(aws.layout)
        nameless = next(one for one in running if one.kind == "ECS task")
        (nameless.directory / "program.json").unlink()
        process = emulator(aws.layout)
        assert process
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not process.alive)
        assert all(one.is_running() for one in running)
        assert toy.greeting_at(toy_address(aws), toy.port)["said"] == ""
        stopped = take_down(aws.layout)
        assert stopped.left == []
        assert len(stopped.servers) == 3
        assert not any(one.is_running() for one in running)
        assert not aws.layout.home.exists()


def deployed_toy(aws: EmulatedAws) -> ToyService:
    client(aws, "ecr").create_repository(repositoryName=REPOSITORY)
    toy = ToyService(aws=aws, name=f"toy-{secrets.token_hex(4)}", image=publish(aws, "1"))
    assert toy.deploy() == "CREATE_COMPLETE", aws.reasons(toy.name)
    return toy


def condition_of(aws: EmulatedAws) -> tuple[ServerState, ...]:
    aws.tier.save(aws.layout.tier)
    return condition(aws.layout).servers


def toy_address(aws: EmulatedAws) -> str:
    """The balancer's address, which needs no emulator."""
    (balancer,) = [one for one in states(aws.layout) if one.kind == "NLB"]
    return str(balancer.endpoint).partition(":")[0]
