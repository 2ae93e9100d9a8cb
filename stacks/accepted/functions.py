"""What is accepted of the Lambdas. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, SERVERLESS, Finding, across
from stacks.settings import Environment

BOOTSTRAP = "bootstrap/Bootstrap/Function/Resource"
PROVIDER = "bootstrap/Provider/framework-onEvent/Resource"


def function_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of the bootstrap and of the framework that calls it."""
    yield Finding(
        "CloudFormation calls this function once for each deployment and waits for the answer: it never "
        "runs twice at a time, and reserved concurrency would be taken from the account's pool and fails "
        "in accounts whose quota is at its minimum.",
        (BOOTSTRAP, PROVIDER),
        across("LambdaConcurrency", NIST, HIPAA),
    )
    yield Finding(
        "A failed call is not lost: it fails the deployment, with the reason in the stack's events and the "
        "whole story in the encrypted log. Replaying it from a queue would change the database outside a "
        "deployment.",
        (BOOTSTRAP, PROVIDER),
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "One call a deployment, of which the log records each step with its duration, leaves nothing for "
        "tracing to show; X-Ray would want rights on every resource (xray:Put* cannot be narrowed).",
        (BOOTSTRAP, PROVIDER),
        across("LambdaTracing", SERVERLESS),
    )
    yield Finding(
        "CDK's framework function carries no data of the tier: it invokes one function, which its role "
        "names, and answers CloudFormation at a public address that a VPC without internet route cannot "
        "reach.",
        (PROVIDER,),
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "Lambda checks the rights on network interfaces before the function and its interfaces exist, so "
        "they cannot name a resource. A Deny wherever lambda:SourceFunctionArn is set keeps the function's "
        "own code from using them.",
        ("bootstrap/Bootstrap/Role/Policy/Resource",),
        (f"{AWS}IAM5[Resource::*]",),
    )
    if environment.functions.ca_bundle is not None:
        yield Finding(
            "A rehearsal runs its Lambdas on the Python of the machine at hand. functions.ca_bundle, which "
            "names a local certificate authority, marks it: with it no function can reach a server of RDS.",
            (BOOTSTRAP,),
            (f"{AWS}L1", f"{SERVERLESS}LambdaLatestVersion"),
        )
