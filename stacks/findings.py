"""Every finding of the rule packs that is accepted, on which resource, and why.

Each stands for one or more rules on named resources, and only where the settings make the finding true: an
environment that is configured otherwise has none of it. What is accepted because an environment serves nobody
is never accepted of a protected one. Everything else that the packs find stops synthesis.
"""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from stacks.accepted.alarms import alarm_findings
from stacks.accepted.backup import backup_findings
from stacks.accepted.cache import cache_findings
from stacks.accepted.database import database_findings
from stacks.accepted.finding import Finding
from stacks.accepted.functions import function_findings
from stacks.accepted.network import network_findings
from stacks.accepted.pooling import pooling_findings
from stacks.accepted.rotation import rotation_findings
from stacks.accepted.secrets import secret_findings
from stacks.naming import Names
from stacks.settings import Environment


def accepted(environment: Environment) -> list[Finding]:
    """Return the findings that are accepted in this environment. Pure."""
    return [
        *alarm_findings(environment),
        *network_findings(environment),
        *database_findings(environment),
        *cache_findings(environment),
        *secret_findings(),
        *function_findings(environment),
        *pooling_findings(environment),
        *rotation_findings(environment),
        *backup_findings(environment),
    ]


def acknowledge(scope: Construct, environment: Environment) -> None:
    """Tell the rule packs what is accepted.

    Raises:
        RuntimeError: a resource named here does not exist.
    """
    names = Names(environment.name)
    for finding in accepted(environment):
        for path in finding.resources:
            part, *rest = path.split("/")
            construct = scope.node.find_child(names.stack(part))
            for id_ in rest:
                construct = construct.node.find_child(id_)
            Validations.of(construct).acknowledge(
                *(Acknowledgment(id=rule, reason=finding.reason) for rule in finding.rules)
            )
