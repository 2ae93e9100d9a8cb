"""What is accepted of the Lambdas: of all of ours, and of the bootstrap's. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, SERVERLESS, Finding, across
from stacks.settings import Environment

BOOTSTRAP = ("bootstrap/Bootstrap", "bootstrap/Completion")
ROTATION = (
    "rotation/RotatePostgres",
    "rotation/AuthenticateRedis",
    "rotation/RotateRedis",
    "rotation/WatchRotation",
)
OUTSIDE = ROTATION[2:]
OURS = (*BOOTSTRAP, *ROTATION)
FRAMEWORK = tuple(
    f"bootstrap/Provider/framework-{entry}/Resource" for entry in ("onEvent", "isComplete", "onTimeout")
)
WAITER = ("bootstrap/Provider/waiter-state-machine/Resource",)


def functions(*paths: str) -> tuple[str, ...]:
    """Name the resources of our constructs."""
    return tuple(f"{path}/Function/Resource" for path in paths)


def function_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of our functions, and of the framework that calls the bootstrap."""
    bootstrap, ours = functions(*BOOTSTRAP), functions(*OURS)
    yield Finding(
        "Called for one deployment at a time, and again only after it has answered: it never runs twice at "
        "a time, and reserved concurrency would be taken from the account's pool and fails in accounts "
        "whose quota is at its minimum.",
        (*bootstrap, *FRAMEWORK),
        across("LambdaConcurrency", NIST, HIPAA),
    )
    yield Finding(
        "A failed call is not lost: it fails the deployment, with the reason in the stack's events and the "
        "whole story in the encrypted log. Replaying it from a queue would change the database outside a "
        "deployment.",
        (*bootstrap, *FRAMEWORK),
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "One call after another, of which the log records each step with its duration, leaves nothing for "
        "tracing to show; X-Ray would want rights on every resource (xray:Put* cannot be narrowed).",
        (*ours, *FRAMEWORK),
        across("LambdaTracing", SERVERLESS),
    )
    yield Finding(
        "A function of CDK's framework carries no data of the tier: it calls the functions that its role "
        "names, and answers CloudFormation at a public address that a VPC without internet route cannot "
        "reach.",
        FRAMEWORK,
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "Lambda checks the rights on network interfaces before the function and its interfaces exist, so "
        "they cannot name a resource. A Deny wherever lambda:SourceFunctionArn is set keeps the function's "
        "own code from using them.",
        tuple(f"{function}/Role/Policy/Resource" for function in OURS if function not in OUTSIDE),
        (f"{AWS}IAM5[Resource::*]",),
    )
    yield Finding(
        "The state machine repeats one call until it succeeds, and the function that it calls writes each of "
        "them to the encrypted log; Step Functions keeps the history for 90 days besides. A log of its own "
        "would give its role logs:PutResourcePolicy and the delivery of logs in the whole account, which "
        "cannot be narrowed.",
        WAITER,
        (f"{AWS}SF1",),
    )
    yield Finding(
        "A single state that calls a single function leaves nothing for tracing to show; X-Ray would want "
        "rights on every resource (xray:Put* cannot be narrowed).",
        WAITER,
        (f"{AWS}SF2", f"{SERVERLESS}StepFunctionStateMachineXray"),
    )
    if environment.functions.ca_bundle is not None:
        yield Finding(
            "A rehearsal runs its Lambdas on the Python of the machine at hand. functions.ca_bundle, which "
            "names a local certificate authority, marks it: with it no function can reach a server of RDS.",
            ours,
            (f"{AWS}L1", f"{SERVERLESS}LambdaLatestVersion"),
        )
