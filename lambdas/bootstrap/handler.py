"""The bootstrap's entries: a CloudFormation custom resource event in, one call, its facts out.

CDK's Provider calls `handler` once and then `is_complete` until that says yes; it answers CloudFormation. A
failure is raised, and its message becomes the reason that people see.
"""

import os
import time
from collections.abc import Mapping
from typing import Literal, TypedDict

from lambdas.bootstrap.completion import Budget
from lambdas.bootstrap.environment import parse_environment
from lambdas.bootstrap.migrations.run import Result
from lambdas.bootstrap.reason import fitting_reason
from lambdas.bootstrap.run import bootstrap
from lambdas.common.invocation import Invocation
from lambdas.common.logs import Log, function_log
from lambdas.common.secrets_manager import SecretsManager


class Event(TypedDict, total=False):
    """The part of a custom resource's event that is used; to `is_complete` with what `handler` answered."""

    RequestType: Literal["Create", "Update", "Delete"]
    PhysicalResourceId: str
    ResourceProperties: Mapping[str, str]
    WaitingSince: int


class Answer(TypedDict, total=False):
    """`Data` is for CloudFormation; `WaitingSince`, the deployment's start, is there if a build goes on."""

    PhysicalResourceId: str
    Data: Mapping[str, str]
    WaitingSince: int


class Completion(TypedDict, total=False):
    """Whether CloudFormation can be answered; the Provider refuses `Data` as long as it cannot."""

    IsComplete: bool
    Data: Mapping[str, str]


def handler(event: Event, context: Invocation) -> Answer:
    """Create and Update do the same; Delete does nothing, for data outlives its stack.

    Raises:
        DatatierError: fails the deployment with its message.
    """
    properties = event.get("ResourceProperties", {})
    resource_id = event.get("PhysicalResourceId") or f"datatier-{properties.get('Environment', '')}-bootstrap"
    if event.get("RequestType") == "Delete":
        return {"PhysicalResourceId": resource_id}
    now = int(time.time())
    log = function_log()
    with fitting_reason(log):
        result = _bootstrap(Budget.of(context, waiting_since=now, now=now), log)
    if result.building is not None:
        return {"PhysicalResourceId": resource_id, "WaitingSince": now}
    return {"PhysicalResourceId": resource_id, "Data": {"Latest": result.latest}}


def is_complete(event: Event, context: Invocation) -> Completion:
    """Go on where a build was left to the server; where none was, nothing is left to do.

    Raises:
        BuildGoesOn: the build takes longer than a deployment may.
        DatatierError: fails the deployment with its message.
    """
    since = event.get("WaitingSince")
    if since is None:
        return {"IsComplete": True}
    budget = Budget.of(context, waiting_since=since, now=time.time())
    log = function_log()
    with fitting_reason(log):
        result = _bootstrap(budget, log)
        if result.building is not None:
            budget.ask_again(result.building, now=time.time())
            return {"IsComplete": False}
    return {"IsComplete": True, "Data": {"Latest": result.latest}}


def _bootstrap(budget: Budget, log: Log) -> Result:
    return bootstrap(
        parse_environment(os.environ),
        store=SecretsManager(),
        log=log,
        patience_seconds=budget.patience_seconds,
    )
