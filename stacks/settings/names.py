"""Names that PostgreSQL, RDS or this tier keep for themselves. Data and two patterns, no decisions."""

from stacks.settings.constraints import Shape

IDENTIFIER = Shape(
    r"[a-z][a-z0-9_]{0,62}", "1 to 63 lower-case letters, digits or underscores, starting with a letter"
)
"""What needs no quotes in SQL and fits PostgreSQL's NAMEDATALEN."""

TIER_LOGINS = frozenset({"app", "readonly", "migrator", "monitor", "backup"})
"""Logins that the bootstrap creates, each with a secret of its own."""

TIER_ROLES = frozenset({"datatier_owner", "datatier_readonly", "datatier_readwrite"})
"""Roles without login that own objects and carry grants."""

RDS_ROLES = frozenset(
    {
        "admin",
        "postgres",
        "rdsadmin",
        "rds_superuser",
        "rds_replication",
        "rds_password",
        "rds_iam",
        "rdsrepladmin",
    }
)
"""Taken on every RDS instance for PostgreSQL."""

RDS_DATABASES = frozenset({"postgres", "rdsadmin", "template0", "template1"})
"""Databases that exist on every RDS instance for PostgreSQL."""

LONGEST_LOGIN = 57
"""An alternating login has a twin named `<login>_clone`, which must fit into 63 characters too."""

RESERVED_WORDS = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "current_catalog",
        "current_date",
        "current_role",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "grant",
        "group",
        "having",
        "in",
        "initially",
        "intersect",
        "into",
        "lateral",
        "leading",
        "limit",
        "localtime",
        "localtimestamp",
        "not",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "placing",
        "primary",
        "references",
        "returning",
        "select",
        "session_user",
        "some",
        "symmetric",
        "table",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "variadic",
        "when",
        "where",
        "window",
        "with",
    ]
)
"""PostgreSQL 15, appendix C, the words marked `reserved`; RDS refuses them as database or user names."""


def taken_login(name: str) -> str | None:
    """Return why `name` cannot be the name of a further login, or None if it can."""
    if name in TIER_LOGINS | TIER_ROLES:
        return "it is a role of the tier's own"
    if name.removesuffix("_clone") in TIER_LOGINS:
        return "it is kept for the rotation of a login of the tier's own"
    if name in RDS_ROLES or name.startswith("pg_"):
        return "RDS keeps it for itself"
    if name in RESERVED_WORDS:
        return "it is a reserved word of PostgreSQL"
    return None
