"""Why a deployment failed, most important part first.

Pure text out of CloudFormation's events and the CDK CLI's log; asks nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

SECONDARY = ("Resource creation cancelled", "Resource update cancelled", "Resource creation Initiated")
UNKNOWN_TYPES = re.compile(r"Unrecognized resource types: \[(?P<types>[^\]]*)\]")
NOISE = re.compile(
    r"^(?:\s*$|✨|✅|Outputs:|Stack ARN:|arn:|datatier-\S+(?:\.\S+ = .*)?$|npm |\[WARNING\]"
    r"|\S+: (?:start|success|creating|deploying))"
)
LOG_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One resource that failed: where, and what CloudFormation says."""

    stack: str
    logical_id: str
    resource_type: str
    text: str


def explain(failures: Iterable[Failure], log: str) -> str:
    """Return what to show: the failures' own words and where; without failures, the CLI's last words."""
    primary = [failure for failure in failures if not failure.text.startswith(SECONDARY)]
    if not primary:
        return from_log(log)
    lines: list[str] = []
    for failure in primary:
        lines.append(plain(failure.text))
        lines.append(f"  in stack {failure.stack}, resource {failure.logical_id} ({failure.resource_type})")
    return "\n".join(lines)


def plain(text: str) -> str:
    """Return a custom resource's own message, without what the framework wraps around it."""
    before, wrapped, after = text.partition("Message returned:")
    message = after if wrapped else before
    message = re.split(r"\n\s+at |\s*\(RequestId:|\n\nLogs: |\s+Logs: /aws/lambda/", message, maxsplit=1)[0]
    message = message.strip()
    return re.sub(r"^(?:Error|[A-Z]\w+Error): (?=\S)", "", message)


def from_log(log: str) -> str:
    """Return the CLI's last words; for a resource type that nothing here knows, what to do about it."""
    unknown = UNKNOWN_TYPES.search(log)
    if unknown:
        return (
            f"the rehearsal has no handler for {unknown['types']}: "
            "add one in tools/rehearsal/handlers and name it in registry.py"
        )
    lines = [line.rstrip() for line in log.splitlines() if not NOISE.match(line)]
    return "\n".join(lines[-LOG_LINES:]) or "the CDK CLI said nothing"
