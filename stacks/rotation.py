"""Credentials that replace themselves: what rotates them, when, and who hears when it does not happen.

Deployed after the bootstrap, because Secrets Manager tries a login as soon as its schedule is attached. Never
rotates by being deployed.

    rotate_postgres      inside the VPC    logs in to PostgreSQL: five logins and the master
    rotate_redis         outside           changes Redis users by ElastiCache's API (docs/adr/0007)
    authenticate_redis   inside            logs in to Redis for it
    watch_rotation       outside           measures how old each secret is
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.alarms import AlarmsStack
from stacks.cache import CacheStack
from stacks.constructs.alarm_topic import Alarm, errors_of
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_function import Membership, PythonFunction
from stacks.constructs.rotation_failures import RotationFailures
from stacks.constructs.rotation_schedule import RotationSchedule
from stacks.constructs.rotation_watch import RotationWatch, Secret, told
from stacks.constructs.secret_access import may_read, may_rotate
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.settings.rotation import RotationSettings, longest_days

FUNCTIONS = {
    "rotate_postgres": "gives PostgreSQL logins new passwords",
    "authenticate_redis": "logs in to Redis with a password that is about to become current",
    "rotate_redis": "gives Redis users new passwords",
    "watch_rotation": "measures how old each password is",
}

MINUTES_TO_LOOK = 1
"""How long a function may run that changes nothing: it has its answer in seconds, or none.

rotate_redis keeps as much of its own time for authenticate_redis, and waits no longer for it.
"""

TRUST = "POOLER_TRUST_SECRET_ARN"
"""Which of the variables about the poolers is a secret that rotate_postgres has to read."""


def sources(function: str) -> tuple[str, ...]:
    """Return what a function's package is made from."""
    return ("lambdas/__init__.py", "lambdas/common", f"lambdas/{function}")


def lock(function: str) -> str:
    """Return the lock of a function's packages."""
    return f"lambdas/{function}/requirements.lock"


class RotationStack(TierStack):
    """Four functions, a schedule for each secret, and the alarms."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: RotationSettings,
        alarms: AlarmsStack,
        packages: Mapping[str, PythonAsset],
        network: NetworkStack,
        keys: KeysStack,
        database: DatabaseStack,
        cache: CacheStack,
        credentials: CredentialsStack,
        password_length: int,
        poolers: Mapping[str, str] | None = None,
    ) -> None:
        """Declare them; `poolers` is what rotate_postgres is told to log in through every pooler task."""
        super().__init__(scope, tier=tier, part="rotation", description="datatier: rotation of credentials")
        self._settings = settings
        self._packages = packages
        self._keys = keys
        self._poolers = poolers or {}
        self._pace = {
            "CLIENT_CACHE_SECONDS": str(settings.client_cache_seconds),
            "PASSWORD_LENGTH": str(password_length),
        }
        self._topic = alarms.topic
        logins = {**credentials.secret_arns, "master": database.master.arn}
        users = {name: secret.arn for name, secret in cache.users.secrets.items()}
        rotate_postgres = self._rotate_postgres(network, database, credentials)
        rotate_redis = self._rotate_redis(network, cache, users)
        rotated = [
            *((name, arn, rotate_postgres) for name, arn in logins.items()),
            *((f"redis_{name}", arn, rotate_redis) for name, arn in users.items()),
        ]
        expressions: dict[str, str] = settings.schedules.model_dump()
        for name, arn, function in rotated:
            RotationSchedule(
                self,
                f"{name.title().replace('_', '')}Schedule",
                secret_arn=arn,
                function=function.function,
                expression=expressions[name],
                window_hours=settings.window_hours,
            )
        self._watch({name: arn for name, arn, _ in rotated})
        self._publish()

    def _rotate_postgres(
        self, network: NetworkStack, database: DatabaseStack, credentials: CredentialsStack
    ) -> PythonFunction:
        """Declare what rotates the logins by alternation, and the master, with whom it does so, in place."""
        master, key_arn = database.master.arn, self._keys.arn("secrets")
        arns = [master, *credentials.secret_arns.values()]
        trust = [self._poolers[TRUST]] if self._poolers else []
        return self._function(
            "rotate_postgres",
            environment={
                "MASTER_SECRET_ARN": master,
                "LOGIN_SECRET_ARNS": self.to_json_string(credentials.secret_arns),
                "REPLICA_HOSTS": self.to_json_string([replica.host for replica in database.replicas]),
                **self._poolers,
                **self._pace,
            },
            statements=[
                *(may_read(self, secret_arns=trust, key_arn=key_arn) if trust else ()),
                *may_rotate(
                    self, secret_arns=arns, key_arn=key_arn, function_arn=self._arn("rotate_postgres")
                ),
                # Whoever else may rotate the master: it is who changes the others.
                iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[master]),
            ],
            inside=network.membership(network.groups.postgres_rotation),
        )

    def _rotate_redis(
        self, network: NetworkStack, cache: CacheStack, users: Mapping[str, str]
    ) -> PythonFunction:
        """Declare what rotates the Redis users, and what logs in for it where Redis can be reached."""
        arns, key_arn = list(users.values()), self._keys.arn("secrets")
        told_secrets = {"USER_SECRET_ARNS": self.to_json_string(users)}
        authenticator = self._function(
            "authenticate_redis",
            minutes=MINUTES_TO_LOOK,
            environment={**told_secrets, "REDIS_ENDPOINTS": self.to_json_string(cache.endpoints)},
            statements=may_read(self, secret_arns=arns, key_arn=key_arn),
            inside=network.membership(network.groups.redis_authenticator),
        )
        return self._function(
            "rotate_redis",
            environment={
                **told_secrets,
                "AUTHENTICATOR": authenticator.function.function_name,
                **self._pace,
            },
            statements=[
                *may_rotate(self, secret_arns=arns, key_arn=key_arn, function_arn=self._arn("rotate_redis")),
                iam.PolicyStatement(
                    actions=["elasticache:DescribeUsers", "elasticache:ModifyUser"],
                    resources=list(cache.users.arns.values()),
                ),
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[authenticator.function.function_arn]
                ),
            ],
        )

    def _watch(self, arns: Mapping[str, str]) -> None:
        """Declare what tells of a rotation that failed, and of one that never came."""
        settings, logs_key_arn = self._settings, self._keys.arn("logs")
        RotationFailures(
            self,
            "Failures",
            topic=self._topic,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.log_retention_days,
        )
        longest = longest_days(settings)
        secrets = {name: Secret(arn=arn, longest_days=longest[name]) for name, arn in arns.items()}
        watch = self._function(
            "watch_rotation",
            minutes=MINUTES_TO_LOOK,
            environment=told(self, secrets, each=settings.alarm_each_secret),
            statements=[
                iam.PolicyStatement(actions=["secretsmanager:DescribeSecret"], resources=list(arns.values()))
            ],
        )
        RotationWatch(
            self,
            "Watch",
            function=watch,
            secrets=secrets,
            each=settings.alarm_each_secret,
            topic=self._topic,
        )

    def _function(
        self,
        name: str,
        *,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        inside: Membership | None = None,
        minutes: int | None = None,
    ) -> PythonFunction:
        """Declare a function by its name in FUNCTIONS, and the alarm on its errors."""
        settings, id_ = self._settings, name.title().replace("_", "")
        function = PythonFunction(
            self,
            id_,
            name=self.names.function(name),
            asset=self._packages[name],
            handler=f"lambdas.{name}.handler.handler",
            description=f"{self.names.prefix}: {FUNCTIONS[name]}",
            timeout=Duration.minutes(minutes or settings.timeout_minutes),
            memory_mb=settings.memory_mb,
            inside=inside,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": name},
            statements=statements,
            logs_key_arn=self._keys.arn("logs"),
            log_retention_days=settings.log_retention_days,
            reserved_concurrency=settings.reserved_concurrency,
        )
        Alarm(
            self,
            f"{id_}Errors",
            what=f"{name.replace('_', '-')}-errors",
            description=f"{self.names.function(name)} has failed, and is called again by itself. Why: its "
            "log. What to do: docs/runbooks/rotation.md",
            metric=errors_of(function.function.function_name),
            topic=self._topic,
        )
        return function

    def _arn(self, function: str) -> str:
        """ARN of a function of ours, told by its name: its own role speaks of it before it exists."""
        name = self.names.function(function)
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{name}"

    def _publish(self) -> None:
        self.publish(
            "ClientCacheSeconds",
            "secrets",
            "client-cache-seconds",
            value=str(self._settings.client_cache_seconds),
            description="Seconds that an application may keep a secret before it reads it again",
        )
