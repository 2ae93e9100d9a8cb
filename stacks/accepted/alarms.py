"""What is accepted of the topic of the alarms. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import SERVERLESS, Finding
from stacks.settings import Environment


def alarm_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of the addresses that are told."""
    addresses = tuple(f"alarms/Alarms/Email{n + 1}" for n in range(len(environment.alarms.email)))
    if addresses:
        yield Finding(
            "An alarm stays in ALARM whether its e-mail arrives or not, and what bounces is an address that "
            "is wrong or full: a queue of undelivered e-mails would be one more thing that nobody reads.",
            addresses,
            (f"{SERVERLESS}SNSRedrivePolicy",),
        )
