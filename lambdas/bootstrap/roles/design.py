"""Who may do what: the roles of the database as data. It knows no server and no SQL.

`datatier_owner` owns every object; group roles carry the grants; login users only inherit, so that whatever
takes turns with one has all that it has. A table created tomorrow is covered by default privileges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lambdas.common.alternation import CLONE_SUFFIX, original_name

OWNER: Final = "datatier_owner"
READWRITE: Final = "datatier_readwrite"
READONLY: Final = "datatier_readonly"
MONITOR: Final = "datatier_monitor"
BACKUP: Final = "datatier_backup"
GROUPS: Final = (OWNER, READWRITE, READONLY, MONITOR, BACKUP)
IAM_GROUP: Final = "rds_iam"
PUBLIC: Final = "public"
LEDGER: Final = "_prisma_migrations"

Kind = Literal["database", "schema", "table", "sequence", "function", "type", "server"]
Access = Literal["readonly", "readwrite"]


@dataclass(frozen=True, kw_only=True)
class Role:
    """One role as it should be: what it inherits from and its settings. Every other attribute is off."""

    name: str
    login: bool
    member_of: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


_READ_ONLY: Final = {"default_transaction_read_only": "on"}
_NONE: Final = frozenset[str]()
_GROUPS_OF_GROUPS: Final = {
    MONITOR: frozenset({"pg_monitor"}),
    BACKUP: frozenset({"pg_read_all_data"}),
}

PASSWORD_LOGINS: Final = (
    Role(name="app", login=True, member_of=frozenset({READWRITE}), settings={"search_path": "public"}),
    Role(
        name="readonly",
        login=True,
        member_of=frozenset({READONLY}),
        settings={"search_path": "public"} | _READ_ONLY,
    ),
    Role(
        name="migrator",
        login=True,
        member_of=frozenset({OWNER}),
        settings={
            "search_path": "public",
            # Whoever logs in as migrator, the Prisma CLI included, creates objects as the owner.
            "role": OWNER,
            # A waiting ALTER queues every later query on its table behind it.
            "lock_timeout": "10s",
            "statement_timeout": "0",
        },
    ),
    Role(name="monitor", login=True, member_of=frozenset({MONITOR}), settings={"search_path": "public"}),
    Role(
        name="backup",
        login=True,
        member_of=frozenset({BACKUP}),
        settings={
            "search_path": "public",
            # A dump's snapshot holder idles for as long as its workers copy.
            "idle_in_transaction_session_timeout": "0",
            "statement_timeout": "0",
        }
        | _READ_ONLY,
    ),
)

# What each grantee may do with an object of the owner; PUBLIC and everyone else managed here: nothing more.
OBJECT_PRIVILEGES: Final[Mapping[Kind, Mapping[str, frozenset[str]]]] = {
    "database": {
        OWNER: frozenset({"CONNECT", "CREATE", "TEMPORARY"}),
        READWRITE: frozenset({"CONNECT"}),
        READONLY: frozenset({"CONNECT"}),
        MONITOR: frozenset({"CONNECT"}),
        BACKUP: frozenset({"CONNECT"}),
    },
    "schema": {
        READWRITE: frozenset({"USAGE"}),
        READONLY: frozenset({"USAGE"}),
        # Where pg_stat_statements lives; its view is readable by everyone who reaches the schema.
        MONITOR: frozenset({"USAGE"}),
    },
    "table": {
        READWRITE: frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"}),
        READONLY: frozenset({"SELECT"}),
    },
    "sequence": {READWRITE: frozenset({"USAGE", "SELECT"}), READONLY: frozenset({"SELECT"})},
    "function": {READWRITE: frozenset({"EXECUTE"}), READONLY: frozenset({"EXECUTE"})},
    # As PostgreSQL has it: whoever may create nothing has nothing to use a type for.
    "type": {PUBLIC: frozenset({"USAGE"})},
    "server": {},
}


def privileges(kind: Kind, *, name: str) -> Mapping[str, frozenset[str]]:
    """Grantee to privileges for one object; the migrations table is nobody's but the owner's to write."""
    granted = OBJECT_PRIVILEGES[kind]
    if kind == "table" and name == LEDGER:
        return {READONLY: granted[READONLY]}
    return granted


def designed_roles(
    *,
    iam_logins: Mapping[str, Access],
    clones: frozenset[str],
) -> tuple[Role, ...]:
    """Groups first, then logins: members are granted only what exists.

    `clones` are the alternating users of rotation that exist or are named by a secret; each is its original
    again, because what AWS's rotation creates has the membership and not the settings.
    """
    originals = {role.name: role for role in PASSWORD_LOGINS}
    return (
        *(Role(name=name, login=False, member_of=_GROUPS_OF_GROUPS.get(name, _NONE)) for name in GROUPS),
        *PASSWORD_LOGINS,
        *(
            Role(
                name=clone,
                login=True,
                member_of=originals[original_name(clone)].member_of,
                settings=originals[original_name(clone)].settings,
            )
            for clone in sorted(clones)
        ),
        *(
            Role(
                name=name,
                login=True,
                member_of=frozenset({IAM_GROUP, READONLY if access == "readonly" else READWRITE}),
                settings={"search_path": "public"} | (_READ_ONLY if access == "readonly" else {}),
            )
            for name, access in sorted(iam_logins.items())
        ),
    )


def possible_clones() -> frozenset[str]:
    """Every name that alternating rotation may create."""
    return frozenset(role.name + CLONE_SUFFIX for role in PASSWORD_LOGINS)
