"""The bootstrap: a Lambda that creates roles and applies migrations, run by a custom resource on each change.

Never runs when nothing changed: the resource's ContentHash stands for the Lambda's package, the migrations in
it and all that it is told. Deleting the stack leaves the database as it is.
"""

import hashlib
import json
from typing import cast

from aws_cdk import CustomResource, Duration, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.settings.functions import BootstrapSettings

RESOURCE_TYPE = "Custom::DatatierBootstrap"
ANSWER_MINUTES = 2
"""How long CloudFormation waits beyond the Lambda's timeout: a crash shows then, not after an hour."""

FRAMEWORK_MEMORY_MB = 128
"""It waits and relays; stated, because a default may change."""

SOURCES = ("lambdas/__init__.py", "lambdas/common", "lambdas/bootstrap", "prisma/migrations")
LOCK = "lambdas/bootstrap/requirements.lock"


class BootstrapStack(TierStack):
    """The function, the provider that CloudFormation calls, and the resource that has it called."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: BootstrapSettings,
        iam_logins: dict[str, str],
        asset: PythonAsset,
        network: NetworkStack,
        keys: KeysStack,
        database: DatabaseStack,
        credentials: CredentialsStack,
    ) -> None:
        super().__init__(
            scope, tier=tier, part="bootstrap", description="datatier: roles, migrations, grants"
        )
        self._keys = keys
        self._settings = settings
        arns = {"master": database.master.arn, **credentials.secret_arns}
        told = {
            "ENVIRONMENT": self.names.environment,
            "EXTENSIONS": json.dumps(list(settings.extensions)),
            "IAM_LOGINS": json.dumps(iam_logins, sort_keys=True),
            "MIGRATIONS": json.dumps(settings.migrations.model_dump(), sort_keys=True),
            "POWERTOOLS_SERVICE_NAME": "bootstrap",
        }
        bootstrap = PythonFunction(
            self,
            "Bootstrap",
            asset=asset,
            handler="lambdas.bootstrap.handler.handler",
            description=f"{self.names.prefix}: creates roles, applies migrations, grants",
            timeout=Duration.minutes(settings.timeout_minutes),
            memory_mb=settings.memory_mb,
            vpc=network.vpc,
            subnets=network.subnets,
            security_group=network.groups.bootstrap,
            environment={
                **told,
                "MASTER_SECRET_ARN": database.master.arn,
                "LOGIN_SECRET_ARNS": self.to_json_string(credentials.secret_arns),
            },
            statements=self._may_read(list(arns.values())),
            logs_key_arn=keys.arn("logs"),
            log_retention_days=settings.log_retention_days,
        )
        content = hashlib.sha256(f"{asset.fingerprint()}{json.dumps(told, sort_keys=True)}".encode())
        self.resource = CustomResource(
            self,
            "Schema",
            service_token=self._provider(bootstrap),
            resource_type=RESOURCE_TYPE,
            service_timeout=Duration.minutes(settings.timeout_minutes + ANSWER_MINUTES),
            properties={
                # A secret that is made anew has another ARN and another password, which the login must be
                # given.
                "ContentHash": Fn.join(" ", [content.hexdigest(), *arns.values()]),
                "Environment": self.names.environment,
            },
        )

    def _may_read(self, secret_arns: list[str]) -> list[iam.PolicyStatement]:
        """Read exactly these secrets, and decrypt with their key on no other way."""
        return [
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=secret_arns),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._keys.arn("secrets")],
                conditions={
                    "StringEquals": {
                        "kms:ViaService": f"secretsmanager.{self.region}.amazonaws.com",
                        "kms:EncryptionContext:SecretARN": secret_arns,
                    }
                },
            ),
        ]

    def _provider(self, bootstrap: PythonFunction) -> str:
        """Return the service token of the framework that answers CloudFormation.

        It stays outside the VPC: CloudFormation's answer goes to a public address, and deleting it is quick.
        """
        group = EncryptedLogGroup(
            self,
            "ProviderLog",
            key_arn=self._keys.arn("logs"),
            retention_days=self._settings.log_retention_days,
        )
        function_arn = bootstrap.function.function_arn
        role = ServiceRole(
            self,
            "ProviderRole",
            service="lambda.amazonaws.com",
            description=f"{self.names.prefix}: calls the bootstrap for CloudFormation",
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[group.streams_arn]
                ),
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction", "lambda:GetFunction"], resources=[function_arn]
                ),
            ],
        )
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=bootstrap.function,  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            log_group=group.for_lambda,
            framework_on_event_role=role.role,
        )
        provider.node.add_dependency(role.policy)
        framework = provider.node.find_child("framework-onEvent").node.default_child
        cast("lambda_.CfnFunction", framework).memory_size = FRAMEWORK_MEMORY_MB
        return provider.service_token
