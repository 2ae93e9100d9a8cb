"""What is accepted of the poolers, their balancer and their certificate. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, PCI, SERVERLESS, Finding, across
from stacks.accepted.functions import functions
from stacks.settings import Environment

ISSUER = functions("pooling/Certificates/Issuer")
FRAMEWORK = ("pooling/Certificates/Deployment/Provider/framework-onEvent/Resource",)
BALANCER = ("pooling/Balancer/Balancer",)


def pooling_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted where there are poolers."""
    if environment.pooling.mode != "pgbouncer":
        return
    yield from _of_the_balancer(environment)
    yield from _of_the_tasks(environment)
    yield from _of_the_certificate()
    if environment.functions.ca_bundle is not None:
        yield Finding(
            "A rehearsal runs its Lambdas on the Python of the machine at hand, which functions.ca_bundle "
            "marks: with it no function can reach a server of RDS.",
            ISSUER,
            (f"{AWS}L1", f"{SERVERLESS}LambdaLatestVersion"),
        )


def _of_the_balancer(environment: Environment) -> Iterator[Finding]:
    yield Finding(
        "A Network Load Balancer logs what its TLS listeners negotiate, and this one has none: it forwards "
        "TCP, and its log would stay empty. Who connects to it is what the VPC's flow logs tell "
        "(network.flow_logs), and a protected environment has them.",
        BALANCER,
        (f"{AWS}ELB2", *across("ELBLoggingEnabled", NIST, HIPAA, PCI)),
    )
    yield Finding(
        "TLS ends at the poolers, which refuse a client without it. A TLS listener could not take its place: "
        "a client of PostgreSQL asks for TLS in PostgreSQL's own protocol, and ACM's certificate would leave "
        "the way from the balancer to the pooler in plaintext.",
        ("pooling/Balancer/Listener",),
        across("ELBv2ACMCertificateRequired", NIST, HIPAA, PCI),
    )
    if not environment.termination_protection:
        yield Finding(
            f"{environment.name} is made and removed as work needs it (termination_protection = false): its "
            "balancer holds nothing, and is made again with it. A protected environment protects its own.",
            BALANCER,
            across("ELBDeletionProtectionEnabled", NIST, HIPAA),
        )


def _of_the_tasks(environment: Environment) -> Iterator[Finding]:
    yield Finding(
        "The variables hold what the settings say, endpoints, and the ARNs of secrets: nothing of them is "
        "secret, and a change of one is seen in the diff. Passwords, keys and certificates are read from "
        "Secrets Manager by the tasks, and again whenever they change.",
        ("pooling/Poolers/Task",),
        (f"{AWS}ECS2",),
    )
    yield Finding(
        "ecr:GetAuthorizationToken, which opens a registry, knows no resource (Amazon ECR, 'Actions, "
        "resources, and condition keys'); what is pulled with it is one repository's images.",
        ("pooling/Poolers/ExecutionRole/Policy/Resource",),
        (f"{AWS}IAM5[Resource::*]",),
    )
    if environment.pooling.container_insights == "disabled":
        yield Finding(
            "What tells of a pooler that is in trouble comes from elsewhere, and for nothing: ECS's own CPU "
            "and memory, the balancer's count of healthy tasks, and the pools' figures, which alarms look at "
            "(pooling.container_insights = 'disabled').",
            ("pooling/Poolers/Cluster",),
            (f"{AWS}ECS4",),
        )


def _of_the_certificate() -> Iterator[Finding]:
    yield Finding(
        "No password that a database knows, but certificates and keys, which the function issue_certificate "
        "renews twice a day if it is time, and alarms when it cannot. Secrets Manager's rotation would know "
        "each secret by itself, where the three must change in an order.",
        tuple(f"pooling/Certificates/{name}" for name in ("Authority", "Certificate", "Trust")),
        (f"{AWS}SMG4", *across("SecretsManagerRotationEnabled", NIST, HIPAA)),
    )
    yield Finding(
        "It runs twice a day and for a deployment, and two runs at once do no harm: who comes second finds "
        "the secret written and begins anew. Reserved concurrency would be taken from the account's pool and "
        "fails in accounts whose quota is at its minimum.",
        (*ISSUER, *FRAMEWORK),
        across("LambdaConcurrency", NIST, HIPAA),
    )
    yield Finding(
        "A run that fails raises an alarm, or fails the deployment with its reason; the next run finds the "
        "same to do, weeks before anything ends. A call kept in a queue would add nothing.",
        (*ISSUER, *FRAMEWORK),
        across("LambdaDLQ", NIST, HIPAA, SERVERLESS),
    )
    yield Finding(
        "It calls Secrets Manager and Parameter Store only, and no server of the tier. Inside the VPC, which "
        "has no way out, it would need an interface endpoint of Systems Manager besides, and CDK's framework "
        "could not answer CloudFormation.",
        (*ISSUER, *FRAMEWORK),
        across("LambdaInsideVPC", NIST, HIPAA, PCI),
    )
    yield Finding(
        "One call after another, of which the log records each step, leaves nothing for tracing to show; "
        "X-Ray would want rights on every resource (xray:Put* cannot be narrowed).",
        (*ISSUER, *FRAMEWORK),
        across("LambdaTracing", SERVERLESS),
    )
    yield Finding(
        "A call that is lost is made up for by the next one, twelve hours later, and a day without any "
        "raises an alarm. A call kept in a queue would add nothing.",
        ("pooling/Certificates/Clock",),
        (f"{SERVERLESS}EventBusDLQ",),
    )
