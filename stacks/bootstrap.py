"""The bootstrap: a Lambda that creates roles and applies migrations, run by a custom resource on each change.

Never runs when nothing changed: the resource's ContentHash stands for the Lambda's package, the migrations in
it and all that it is told. Deleting the stack leaves the database as it is.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import cast

from aws_cdk import CustomResource, Duration, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.deployment_call import FRAMEWORK_MEMORY_MB, may_call
from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.secret_access import may_read
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.settings.functions import BootstrapSettings

RESOURCE_TYPE = "Custom::DatatierBootstrap"
DEPLOYMENT = Duration.hours(1)
"""How long an index build may hold a deployment up: the most that CloudFormation and CDK's Provider wait.

A bootstrap that fails, crashes or hangs is told at once, by the framework; only if that dies nobody answers.
"""

PAUSE = Duration.seconds(5)
"""Between two looks; each of them watches the build for as long as a Lambda may run."""

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
        statements = may_read(self, secret_arns=list(arns.values()), key_arn=keys.arn("secrets"))

        def function(id_: str, entry: str, does: str) -> PythonFunction:
            return PythonFunction(
                self,
                id_,
                asset=asset,
                handler=f"lambdas.bootstrap.handler.{entry}",
                description=f"{self.names.prefix}: {does}",
                timeout=Duration.minutes(settings.timeout_minutes),
                memory_mb=settings.memory_mb,
                inside=network.membership(network.groups.bootstrap),
                environment={
                    **told,
                    "MASTER_SECRET_ARN": database.master.arn,
                    "LOGIN_SECRET_ARNS": self.to_json_string(credentials.secret_arns),
                },
                statements=statements,
                logs_key_arn=keys.arn("logs"),
                log_retention_days=settings.log_retention_days,
            )

        bootstrap = function("Bootstrap", "handler", "creates roles, applies migrations, grants")
        completion = function("Completion", "is_complete", "goes on with what an index build has held up")
        content = hashlib.sha256(f"{asset.fingerprint()}{json.dumps(told, sort_keys=True)}".encode())
        self.resource = CustomResource(
            self,
            "Schema",
            service_token=self._provider(bootstrap.function, completion.function),
            resource_type=RESOURCE_TYPE,
            service_timeout=DEPLOYMENT,
            properties={
                # A secret that is made anew has another ARN and another password, which the login must be
                # given.
                "ContentHash": Fn.join(" ", [content.hexdigest(), *arns.values()]),
                "Environment": self.names.environment,
            },
        )

    def _provider(self, bootstrap: lambda_.Function, completion: lambda_.Function) -> str:
        """Return the service token of the framework that answers CloudFormation.

        It stays outside the VPC: CloudFormation's answer goes to a public address, and deleting it is quick.
        """
        group = EncryptedLogGroup(
            self,
            "ProviderLog",
            key_arn=self._keys.arn("logs"),
            retention_days=self._settings.log_retention_days,
        )
        starts = iam.PolicyStatement(actions=["states:StartExecution"])
        begins = ServiceRole(
            self,
            "ProviderRole",
            service="lambda.amazonaws.com",
            description=f"{self.names.prefix}: calls the bootstrap for CloudFormation",
            statements=[group.may_write, may_call(bootstrap), starts],
        )
        repeats = ServiceRole(
            self,
            "ProviderCompletionRole",
            service="lambda.amazonaws.com",
            description=f"{self.names.prefix}: asks for CloudFormation whether the bootstrap is complete",
            statements=[group.may_write, may_call(completion)],
        )
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=bootstrap,  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            is_complete_handler=completion,  # pyright: ignore[reportArgumentType]  as above
            query_interval=PAUSE,
            total_timeout=DEPLOYMENT,
            log_group=group.for_lambda,
            framework_on_event_role=begins.role,
            framework_complete_and_timeout_role=repeats.role,
        )
        roles = {"onEvent": begins, "isComplete": repeats, "onTimeout": repeats}
        framework = {
            entry: cast("lambda_.Function", provider.node.find_child(f"framework-{entry}")) for entry in roles
        }
        for entry, function in framework.items():
            function.node.add_dependency(roles[entry].policy)
            cast("lambda_.CfnFunction", function.node.default_child).memory_size = FRAMEWORK_MEMORY_MB
        machine = self._waiter(provider, [framework["isComplete"], framework["onTimeout"]])
        starts.add_resources(machine.ref)
        return provider.service_token

    def _waiter(
        self, provider: cr.Provider, called: Sequence[lambda_.Function]
    ) -> stepfunctions.CfnStateMachine:
        """Give the state machine that repeats isComplete a role of ours: CDK's has an inline policy."""
        role = ServiceRole(
            self,
            "WaiterRole",
            service="states.amazonaws.com",
            description=f"{self.names.prefix}: repeats the question whether the bootstrap is complete",
            conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[it.function_arn for it in called]
                )
            ],
        )
        waiter = provider.node.find_child("waiter-state-machine")
        waiter.node.try_remove_child("Role")
        machine = cast("stepfunctions.CfnStateMachine", waiter.node.find_child("Resource"))
        machine.role_arn = role.arn
        # Not added but put in the place of what it depended on, which was the role that is gone.
        policy = cast("iam.CfnManagedPolicy", role.policy.node.default_child)
        machine.add_override("DependsOn", [self.get_logical_id(policy)])
        return machine
