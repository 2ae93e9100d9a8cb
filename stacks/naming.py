"""The names that are fixed because something outside their own stack relies on them. Pure; never asks AWS.

Secrets have fixed names because people and runbooks name them, and because rotation and recovery are granted
by ARNs that can be told before the secret exists. Functions that a secret names have them because their own
role does too, those that people call because runbooks name them, alarms because that is what an e-mail shows,
the poolers' DNS zone because rotation looks them up in it, and buckets and vaults of backups because the
stacks of two regions speak of each other's. Everything else is named by CloudFormation, so that it can be
replaced.
"""

from dataclasses import dataclass

PROJECT = "datatier"
POOLER = "pooler"
BACKUP = "backup"
DRILL = "drill"
RECOVERY = "recovery"
"""The part, and the key, that stand in the recovery region."""
LOGINS = ("app", "readonly", "migrator", "monitor", "backup")
"""PostgreSQL logins with a secret of their own, besides the master."""
REDIS_USERS = ("app", "admin")
POSTGRES_PORT = 5432
REDIS_PORT = 6379
HTTPS_PORT = 443
POOLER_PORT = 6432
POOLER_HEALTH_PORT = 8432
BACKUPS_PREFIX = "backups/"
DRILLS_PREFIX = "drills/"
"""Where backups, and the reports of drills, lie in a bucket: as lambdas/common/backup_layout.py has it."""
POOLED_LOGINS = ("app", "readonly", "monitor")
"""Logins that may come through the pooler; `monitor` reads its console too."""


@dataclass(frozen=True)
class Names:
    """The fixed names of one environment."""

    environment: str

    @property
    def prefix(self) -> str:
        """`datatier-<env>`: what every identifier of the environment starts with."""
        return f"{PROJECT}-{self.environment}"

    def stack(self, part: str) -> str:
        """`datatier-<env>-<part>`."""
        return f"{self.prefix}-{part}"

    @property
    def primary(self) -> str:
        """Identifier of the RDS instance that takes the writes."""
        return f"{self.prefix}-primary"

    def replica(self, number: int) -> str:
        """Identifier of a read replica; `number` starts at 1."""
        return f"{self.prefix}-replica-{number}"

    @property
    def replication_group(self) -> str:
        """Identifier of the Redis replication group, and of its user group."""
        return self.prefix

    def redis_user_id(self, user: str) -> str:
        """ElastiCache's id of a Redis user; account-wide, where the user's name is not."""
        return f"{self.prefix}-{user}"

    def secret(self, service: str, login: str) -> str:
        """`datatier/<env>/postgres/app` and the like."""
        return f"{PROJECT}/{self.environment}/{service}/{login}"

    @property
    def secrets(self) -> str:
        """`datatier/<env>/`: what the names of all its secrets start with, and no other environment's."""
        return f"{PROJECT}/{self.environment}/"

    def function(self, name: str) -> str:
        """`datatier-<env>-rotate-postgres` of `rotate_postgres`."""
        return f"{self.prefix}-{name.replace('_', '-')}"

    def alarm(self, what: str) -> str:
        """`datatier-<env>-rotation-failed` and the like: the subject of the e-mail that it sends."""
        return f"{self.prefix}-{what}"

    @property
    def metrics(self) -> str:
        """`datatier/<env>`: the namespace of the metrics that the tier publishes itself."""
        return f"{PROJECT}/{self.environment}"

    @property
    def namespace(self) -> str:
        """`datatier-<env>.internal`: the private DNS zone in which the tier's tasks are found."""
        return f"{self.prefix}.internal"

    @property
    def pooler_tasks(self) -> str:
        """`pooler.datatier-<env>.internal`: the addresses of all pooler tasks, one by one."""
        return f"{POOLER}.{self.namespace}"

    def backup_bucket(self, *, account: str, region: str) -> str:
        """`datatier-<env>-backups-<account>-<region>`: at most 61 of the 63 characters that S3 allows."""
        return f"{self.prefix}-backups-{account}-{region}"

    @property
    def vault(self) -> str:
        """`datatier-<env>`: AWS Backup's vault, in each region."""
        return self.prefix

    @property
    def restore_test(self) -> str:
        """`datatier_<env>`: AWS Backup's restore tests, whose names take no hyphen."""
        return self.prefix.replace("-", "_")

    def parameter(self, *path: str) -> str:
        """`/datatier/<env>/postgres/host` and the like."""
        return "/".join(("", PROJECT, self.environment, *path))

    def key_alias(self, purpose: str) -> str:
        """`alias/datatier/<env>/<purpose>`."""
        return f"alias/{PROJECT}/{self.environment}/{purpose}"

    @staticmethod
    def instance_log_group(instance: str, log: str) -> str:
        """Where RDS exports a log; the name is RDS's choice, so the group can be made before the instance."""
        return f"/aws/rds/instance/{instance}/{log}"
