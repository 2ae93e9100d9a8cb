"""The bootstrap's entry: a CloudFormation custom resource event in, one call, its facts out.

CDK's Provider answers CloudFormation; a failure is raised, and its message becomes the reason that people
see.
"""

import os
from collections.abc import Mapping
from typing import Literal, TypedDict

from lambdas.bootstrap.environment import parse_environment
from lambdas.bootstrap.reason import fitting_reason
from lambdas.bootstrap.run import bootstrap
from lambdas.common.logs import function_log
from lambdas.common.secret_documents import SecretsManager


class Event(TypedDict, total=False):
    """The part of a custom resource's event that is used."""

    RequestType: Literal["Create", "Update", "Delete"]
    PhysicalResourceId: str
    ResourceProperties: Mapping[str, str]


class Answer(TypedDict, total=False):
    """What CDK's Provider passes on to CloudFormation."""

    PhysicalResourceId: str
    Data: Mapping[str, str | int]


def handler(event: Event, _context: object) -> Answer:
    """Create and Update do the same; Delete does nothing, for data outlives its stack.

    Raises:
        DatatierError: fails the deployment with its message.
    """
    properties = event.get("ResourceProperties", {})
    resource_id = event.get("PhysicalResourceId") or f"datatier-{properties.get('Environment', '')}-bootstrap"
    if event.get("RequestType") == "Delete":
        return {"PhysicalResourceId": resource_id}
    log = function_log()
    with fitting_reason(log):
        result = bootstrap(parse_environment(os.environ), store=SecretsManager(), log=log)
    return {"PhysicalResourceId": resource_id, "Data": {"Applied": result.applied, "Latest": result.latest}}
