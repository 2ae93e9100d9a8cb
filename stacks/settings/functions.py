"""The functions and bootstrap slices: what the Lambdas run on, and the one that prepares the database.

Never says what a function does.
"""

from typing import Annotated, Literal

from pydantic import Field, Strict

from stacks.settings.constraints import Between, Count, Shape, Slice
from stacks.settings.network import LOG_RETENTION

Extensions = Annotated[
    tuple[Annotated[str, Shape(r"[a-z][a-z0-9_-]{0,62}", "names of extensions, such as 'pg_trgm'")], ...],
    Strict(strict=False),
]


class FunctionsSettings(Slice):
    """The runtime that every Lambda of the tier is built for."""

    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64",
        description="Instruction set of the Lambdas and of their packages. Source: Lambda, 'Instruction set "
        "architecture'.",
    )
    python: Annotated[str, Shape(r"3\.[0-9]+", "a Python version, such as '3.14'")] = Field(
        default="3.14",
        description="Python version of the Lambdas, 3.11 or newer and one that Lambda runs. Source: Lambda, "
        "'Lambda runtimes', as bundled by cfn-lint.",
    )
    ca_bundle: str | None = Field(
        default=None,
        description="PEM file, relative to the repository's root, that takes the place of the RDS "
        "certificate authorities in the Lambdas' package; only a rehearsal needs it. Source: design, 'The "
        "rehearsal'.",
    )


class BootstrapSettings(Slice):
    """The Lambda that creates roles, applies migrations and grants, once for each deployment."""

    extensions: Annotated[Extensions, Count(0, 50, "extensions")] = Field(
        default=("pg_stat_statements",),
        description="PostgreSQL extensions created in the database, before the migrations. Source: the RDS "
        "guide, 'Supported PostgreSQL extension versions'.",
    )
    timeout_minutes: Annotated[int, Between(1, 14, "minutes")] = Field(
        default=14,
        description="Longest run of the bootstrap, migrations included. Source: a Lambda lives at most 15 "
        "minutes; one is kept for the answer to CloudFormation.",
    )
    memory_mb: Annotated[int, Between(128, 10240, "MB")] = Field(
        default=512,
        description="Memory of the bootstrap Lambda; its CPU share follows. Source: Lambda quotas.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30,
        description="Days that the bootstrap's log is kept. Source: CloudWatch Logs, PutRetentionPolicy.",
    )
