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

Answer = Literal["refuse", "allow"]


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


class MigrationsSettings(Slice):
    """What a run of migrations refuses, and how long it waits for others."""

    edited: Answer = Field(
        default="refuse",
        description="An applied migration whose file has changed since: refused before anything runs, or "
        "told in the log. Source: design, 'Stricter where Prisma is silent'.",
    )
    missing: Answer = Field(
        default="refuse",
        description="An applied migration whose folder is gone while later ones are there: refused or told. "
        "A database that is only ahead of the package, as after a rollback, is never refused. Source: "
        "design, 'Stricter where Prisma is silent'.",
    )
    diverged: Answer = Field(
        default="refuse",
        description="A database with migrations that the package lacks, and a package with pending ones: "
        "refused or told. Source: design, 'Stricter where Prisma is silent'.",
    )
    open_transaction: Answer = Field(
        default="refuse",
        description="A script that leaves a transaction open: refused, or its transaction is committed. "
        "Source: design, 'Stricter where Prisma is silent'.",
    )
    lock_timeout_seconds: Annotated[int, Between(1, 60, "seconds")] = Field(
        default=5,
        description="How long a statement waits for a lock, and with it the application's queries behind it, "
        "before it gives way and is tried again. Never applied to an index that is built CONCURRENTLY. "
        "Source: PostgreSQL, 'lock_timeout'.",
    )
    lock_attempts: Annotated[int, Between(1, 100, "attempts")] = Field(
        default=10,
        description="How often a script that meets a lock is tried in all, with growing pauses between. "
        "Source: design, 'Production-safe'.",
    )
    dump_wait_seconds: Annotated[int, Between(0, 600, "seconds")] = Field(
        default=120,
        description="How long a pg_dump that is running is waited for before the migrations start; 0: not at "
        "all. Source: design, 'Production-safe'.",
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
        description="Longest run of the bootstrap, migrations included; only an index that is built "
        "CONCURRENTLY may take longer. Source: a Lambda lives at most 15 minutes; one is kept for the answer "
        "to CloudFormation.",
    )
    memory_mb: Annotated[int, Between(128, 10240, "MB")] = Field(
        default=512,
        description="Memory of the bootstrap Lambda; its CPU share follows. Source: Lambda quotas.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30,
        description="Days that the bootstrap's log is kept. Source: CloudWatch Logs, PutRetentionPolicy.",
    )
    migrations: MigrationsSettings = Field(
        default_factory=MigrationsSettings, description="How strict and how patient the migrations are."
    )
