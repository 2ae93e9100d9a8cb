"""The function's entry: a deployment's event, a person's order or a schedule's in; all that is due is done.

CDK's Provider calls it for CloudFormation. A failure is raised; its message becomes the reason people see.
"""

import os
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from lambdas.common.logs import function_log
from lambdas.issue_certificate.environment import parse_environment
from lambdas.issue_certificate.request import parse_request
from lambdas.issue_certificate.run import Run
from lambdas.issue_certificate.state import State
from lambdas.issue_certificate.stores import ParameterStore, SecretDocuments


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Create and Update issue what is missing; Delete does nothing: who still connects must not be refused.

    CloudFormation gets its resource's id and no data; anybody else is told how things stand.

    Raises:
        DatatierError: something could not be done; called again, it is gone on with.
    """
    if event.get("RequestType") == "Delete":
        return {"PhysicalResourceId": event.get("PhysicalResourceId")}
    environment = parse_environment(os.environ)
    wish = parse_request(event)
    now = datetime.now(tz=UTC).replace(microsecond=0)  # certificates know whole seconds
    state = Run(
        environment=environment,
        secrets=SecretDocuments(),
        parameter=ParameterStore(),
        now=now,
        log=function_log(),
        # Not in step with the other run.
        pause=lambda: time.sleep(random.uniform(0.2, 1)),  # noqa: S311  (no secret)
    ).settle(wish)
    if "RequestType" in event:
        return {"PhysicalResourceId": f"{environment.prefix}-pooler-certificate", "Data": {}}
    return _told(state)


def _told(state: State) -> dict[str, object]:
    """How things stand, for a person: no key, and no certificate either."""
    names = {one.certificate.key_id: one.certificate.name for one in state.authorities}
    certificate = state.certificate
    return {
        "certificate": certificate
        and {
            "names": list(certificate.names),
            "valid_from": certificate.not_before.isoformat(),
            "expires": certificate.not_after.isoformat(),
            "authority": names.get(certificate.issuer),
        },
        "authorities": [
            {
                "name": one.certificate.name,
                "signs_from": one.signs_from.isoformat() if one.signs and one.signs_from else None,
                "trusted_until": one.trusted_until.isoformat(),
                "expires": one.not_after.isoformat(),
            }
            for one in state.authorities
        ],
    }
