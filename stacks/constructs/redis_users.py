"""The Redis users and their group. Never holds a password: ElastiCache gets it by reference."""

from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from stacks.constructs.login_secret import LoginSecret
from stacks.constructs.redis_access import NOBODY
from stacks.constructs.tier_stack import TierStack

ENGINE = "redis"


class RedisUsers(Construct):
    """The users named in `access`, each with a secret, and `default` switched off."""

    def __init__(self, scope: TierStack, id_: str, *, access: dict[str, str], key_arn: str) -> None:
        """Declare them; `access` maps a user's name to its access string."""
        super().__init__(scope, id_)
        names = scope.names
        default = elasticache.CfnUser(
            self,
            "Default",
            engine=ENGINE,
            user_id=names.redis_user_id("default"),
            user_name="default",
            access_string=NOBODY,
            no_password_required=True,
        )
        users = [default]
        self.secrets: dict[str, LoginSecret] = {}
        self.arns: dict[str, str] = {}
        for name, access_string in access.items():
            user_id = names.redis_user_id(name)
            place = f"arn:{scope.partition}:elasticache:{scope.region}:{scope.account}"
            self.arns[name] = f"{place}:user:{user_id}"
            secret = LoginSecret(
                scope,
                f"{name.capitalize()}Secret",
                name=names.secret("redis", name),
                description=f"Redis user {name}",
                document={"username": name, "user_arn": self.arns[name]},
                key_arn=key_arn,
            )
            self.secrets[name] = secret
            users.append(
                elasticache.CfnUser(
                    self,
                    name.capitalize(),
                    engine=ENGINE,
                    user_id=user_id,
                    user_name=name,
                    access_string=access_string,
                    passwords=[secret.password],
                )
            )
        group = elasticache.CfnUserGroup(
            self,
            "Group",
            engine=ENGINE,
            user_group_id=names.replication_group,
            user_ids=[user.ref for user in users],
        )
        self.group_id = group.ref
