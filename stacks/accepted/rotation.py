"""What is accepted of the rotation. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import HIPAA, NIST, PCI, SERVERLESS, Finding, across
from stacks.accepted.functions import ROTATION, functions
from stacks.settings import Environment


def rotation_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of the functions that rotate, and of the rules that watch them."""
    postgres, authenticator, redis, watch = functions(*ROTATION)
    if environment.rotation.reserved_concurrency is None:
        yield Finding(
            "A secret rotates once a quarter, no two at a time, and twice at once does no harm. Reserved "
            "concurrency would be taken from the account's pool and fails in accounts whose quota is at its "
            "minimum: rotation.reserved_concurrency is for those that have more.",
            (postgres, authenticator, redis, watch),
            across("LambdaConcurrency", NIST, HIPAA),
        )
    yield Finding(
        "Called synchronously: Secrets Manager waits for each step, tries a failed one again, and reports a "
        "rotation that it gives up as RotationFailed, which is kept in a log group and raises an alarm; "
        "rotate_redis waits for authenticate_redis. A queue of Lambda's takes asynchronous calls only and "
        "would stay empty.",
        (postgres, authenticator, redis),
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "A run that fails raises an alarm, and so does a day without a result; the next run measures the "
        "same ages anew. A call kept in a queue would measure nothing.",
        (watch,),
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "It calls services of AWS only, over TLS and by its role, and no server of the tier. Inside the VPC, "
        "which has no way out, it would need an interface endpoint of ElastiCache that costs more than all "
        "else that rotates (docs/adr/0007). What logs in to Redis for it stands inside.",
        (redis,),
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "It asks Secrets Manager for dates, may read no secret, and speaks to no server of the tier. Inside "
        "the VPC it would reach nothing more, and would not see what the VPC's endpoint keeps from it.",
        (watch,),
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "The target is a copy to read. The alarm counts what the rule matched, delivered or not, EventBridge "
        "tries to deliver for a day, and CloudTrail keeps each event for 90.",
        ("rotation/Failures/Rule",),
        (f"{SERVERLESS}EventBusDLQ",),
    )
    yield Finding(
        "A call that is lost is made up for by the next one, twelve hours later, and a day without any "
        "raises an alarm. A call kept in a queue would measure nothing.",
        ("rotation/Watch/Rule",),
        (f"{SERVERLESS}EventBusDLQ",),
    )
