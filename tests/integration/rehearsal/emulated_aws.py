"""The emulated AWS by itself, with our handlers and corrections in it and nothing deployed."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console

from tools.rehearsal import emulator, toolchain
from tools.rehearsal.clouds import CONFIGURATION, session
from tools.rehearsal.layout import Layout
from tools.rehearsal.teardown import take_down
from tools.rehearsal.tier import Tier
from tools.rehearsal.up import prepare_interpreters
from tools.servers.leftovers import abandoned, own_folder
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from botocore.exceptions import ClientError
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

REGION, RECOVERY_REGION = "us-east-1", "us-west-2"
PATIENCE_SECONDS = 120.0


class EmulatedAws:
    """A running emulator: clients of it, and its files."""

    def __init__(self, layout: Layout, tier: Tier) -> None:
        self.layout = layout
        self.tier = tier
        self._session = session(tier.region)

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        service: Literal["secretsmanager"] = "secretsmanager"
        return self._session.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    @cached_property
    def functions(self) -> LambdaClient:
        service: Literal["lambda"] = "lambda"
        return self._session.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    @cached_property
    def stacks(self) -> CloudFormationClient:
        service: Literal["cloudformation"] = "cloudformation"
        return self._session.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    @cached_property
    def caches(self) -> ElastiCacheClient:
        service: Literal["elasticache"] = "elasticache"
        return self._session.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    @cached_property
    def queues(self) -> SQSClient:
        service: Literal["sqs"] = "sqs"
        return self._session.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    def client(self, service: str) -> Any:  # noqa: ANN401  # of services whose types are not installed
        """Return a client of any other service."""
        found: Any = self._session
        return found.client(service, endpoint_url=self.tier.endpoint, config=CONFIGURATION)

    def deploy(self, name: str, resources: Mapping[str, object]) -> str:
        """Create or update a stack; return the status that it ends in."""
        template = json.dumps({"Resources": resources})
        known = {stack["StackName"] for stack in self.stacks.describe_stacks()["Stacks"]}
        if name in known:
            self.stacks.update_stack(StackName=name, TemplateBody=template)
        else:
            self.stacks.create_stack(StackName=name, TemplateBody=template)
        return str(until(lambda: self._settled(name)))

    def reasons(self, name: str) -> str:
        """What failed in a stack, in words."""
        events = self.stacks.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def _settled(self, name: str) -> str | None:
        status = self.stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status


def until(look: Callable[[], object]) -> object:
    """Look again until there is something; how long that takes is never a test's matter."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def refusal(error: ClientError) -> tuple[str | None, str | None]:
    """The code of an error of AWS's, and what it says."""
    said = error.response.get("Error", {})
    return said.get("Code"), said.get("Message")


@contextmanager
def emulated_aws(root: Path) -> Generator[EmulatedAws]:
    """Start one in a folder of this process' own below `root`; what killed runs have left there goes."""
    for folder in abandoned(root):
        take_down(Layout(state=folder))
    with own_folder(root) as folder:
        layout = Layout(state=folder)
        prepare_interpreters(layout, console=Console(quiet=True))
        tier = Tier(
            environment="none",
            region=REGION,
            recovery_region=RECOVERY_REGION,
            port=emulator.free_port(),
        )
        repository = repository_root()
        try:
            emulator.start(
                layout=layout,
                repository=repository,
                toolchain=toolchain.find(repository=repository),
                port=tier.port,
            )
            yield EmulatedAws(layout, tier)
        finally:
            stopped = take_down(layout)
        assert stopped.left == []
