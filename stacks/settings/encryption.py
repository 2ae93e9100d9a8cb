"""The encryption and credentials slices: how many keys, how long a password. Never holds a secret."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.constraints import Between, Slice


class EncryptionSettings(Slice):
    """Customer-managed keys."""

    keys: Literal["shared", "separate"] = Field(
        description="'shared': one customer-managed key for database, cache, secrets and logs ($1 a month); "
        "'separate': one for each, so that one can be disabled without the others. Source: AWS KMS pricing.",
        examples=["separate"],
    )


class CredentialsSettings(Slice):
    """Passwords that a rotation makes."""

    password_length: Annotated[int, Between(20, 128, "characters")] = Field(
        default=32,
        description="Length of each password that a rotation makes; a change of it holds from a credential's "
        "next rotation on. The one that a secret begins with always has 32: if a setting changed that, "
        "CloudFormation would generate it anew, and the server would not know it. Source: at most 128 for an "
        "RDS master (CreateDBInstance) and for an ElastiCache user (CreateUser).",
    )
