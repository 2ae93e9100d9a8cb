"""Who signs the poolers' certificate: an authority of the tier's own, and the function that renews both.

Never holds a key or a certificate: the function makes them, and they lie in secrets. What clients trust is
published by the function itself, because it changes without a deployment.
"""

import hashlib
import json
from collections.abc import Sequence

from aws_cdk import Duration, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.constructs.alarm_topic import Alarm, AlarmTopic, Metric, errors_of
from stacks.constructs.deployment_call import DeploymentCall
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.secret_access import may_write
from stacks.constructs.tier_stack import TierStack
from stacks.settings.pooling import PoolingSettings

FUNCTION = "issue_certificate"
RESOURCE_TYPE = "Custom::DatatierCertificate"
SECRETS = {
    "authority": "authority of the poolers' certificate, with its key: read by issue_certificate only",
    "certificate": "certificate of the poolers, with its key: read by their tasks",
    "trust": "authorities that the poolers' certificate may be signed by: for clients",
}
EMPTY = "{}"
"""What each secret holds until the function has run for the first time; it is never put back."""

TIMEOUT, PATIENCE = Duration.minutes(2), Duration.minutes(10)
"""A run makes three keys at most and a dozen calls; a deployment waits for one, and for its repetitions."""

EVERY, DAY = "rate(12 hours)", 86_400
"""Twice in the period of the alarm, so that a late run leaves no period empty."""

MEMORY_MB = 256


class CertificateIssuer(Construct):
    """Three secrets, the function, the call by which a deployment has a certificate issued, and the clock."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: PoolingSettings,
        asset: PythonAsset,
        hosts: Sequence[str],
        secrets_key_arn: str,
        logs_key_arn: str,
        topic: AlarmTopic,
    ) -> None:
        """Declare them; `hosts` are the names under which clients know the poolers."""
        super().__init__(scope, id_)
        self._topic = topic
        arns = {name: self._secret(scope, name, use, secrets_key_arn) for name, use in SECRETS.items()}
        self.certificate_arn, self.trust_arn = arns["certificate"], arns["trust"]
        parameter = scope.names.parameter("pooler", "ca-bundle")
        told = {
            "TRUST_PARAMETER": parameter,
            "CERTIFICATE_DAYS": str(settings.certificate_days),
            "AUTHORITY_DAYS": str(settings.authority_days),
            "COMMON_NAME_PREFIX": scope.names.prefix,
            "POWERTOOLS_SERVICE_NAME": FUNCTION,
        }
        place = f"arn:{scope.partition}:ssm:{scope.region}:{scope.account}:parameter{parameter}"
        issuer = PythonFunction(
            self,
            "Issuer",
            name=scope.names.function(FUNCTION),
            asset=asset,
            handler=f"lambdas.{FUNCTION}.handler.handler",
            description=f"{scope.names.prefix}: issues the certificate of the poolers, and renews it",
            timeout=TIMEOUT,
            memory_mb=MEMORY_MB,
            environment={**{f"{name.upper()}_SECRET_ARN": arn for name, arn in arns.items()}, **told},
            statements=[
                *may_write(scope, secret_arns=list(arns.values()), key_arn=secrets_key_arn),
                iam.PolicyStatement(actions=["ssm:GetParameter", "ssm:PutParameter"], resources=[place]),
            ],
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.log_retention_days,
        )
        content = hashlib.sha256(f"{asset.fingerprint()}{json.dumps(told, sort_keys=True)}".encode())
        call = DeploymentCall(
            self,
            "Deployment",
            function=issuer.function,
            resource_type=RESOURCE_TYPE,
            properties={
                "Names": list(hosts),
                # A secret that is made anew is empty, and has another ARN.
                "Issue": Fn.join(" ", [content.hexdigest(), *arns.values()]),
            },
            timeout=PATIENCE,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.log_retention_days,
        )
        self.issued = call.resource
        self._repeat(scope, issuer.function)
        self._watch(issuer.function.function_name)

    def _secret(self, scope: TierStack, name: str, use: str, key_arn: str) -> str:
        secret = secretsmanager.CfnSecret(
            self,
            name.capitalize(),
            name=scope.names.secret("pooler", name),
            description=f"{scope.names.prefix}: {use}",
            kms_key_id=key_arn,
            secret_string=EMPTY,
        )
        scope.keep(secret)
        return secret.ref

    def _repeat(self, scope: TierStack, function: lambda_.Function) -> None:
        """Have the function look by itself whether something nears its end."""
        rule = events.CfnRule(
            self,
            "Clock",
            description=f"{scope.names.prefix}: is the poolers' certificate still young enough",
            schedule_expression=EVERY,
            targets=[events.CfnRule.TargetProperty(id="Issue", arn=function.function_arn)],
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="events.amazonaws.com",
            source_account=scope.account,
            source_arn=rule.attr_arn,
        )

    def _watch(self, function_name: str) -> None:
        """Tell of a run that failed, and of a day without one: weeks before the certificate ends."""
        Alarm(
            self,
            "Errors",
            what="issue-certificate-errors",
            description="The poolers' certificate could not be renewed; it is tried again twice a day, and "
            f"the present one is valid for weeks. Why: the log of {function_name}. What to do: "
            "docs/runbooks/pooling-certificates.md",
            metric=errors_of(function_name),
            topic=self._topic,
        )
        Alarm(
            self,
            "Silence",
            what="issue-certificate-silent",
            description="Nobody has looked for days whether the poolers' certificate must be renewed. What "
            "to do: docs/runbooks/pooling-certificates.md",
            metric=Metric(
                namespace="AWS/Lambda",
                name="Invocations",
                dimensions={"FunctionName": function_name},
                statistic="Sum",
                period=DAY,
            ),
            topic=self._topic,
            below=1,
            silence_alarms=True,
        )
