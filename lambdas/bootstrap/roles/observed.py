"""The roles and grants of a database as they are: plain data between the reading and the planning. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lambdas.bootstrap.roles.design import Kind


@dataclass(frozen=True, kw_only=True)
class RoleRow:
    """One role of pg_roles; `settings` are those of every database, `here` those of this one only."""

    name: str
    login: bool
    inherit: bool
    createdb: bool
    createrole: bool
    connection_limit: int
    expires: bool
    superuser: bool
    replication: bool
    bypassrls: bool
    settings: Mapping[str, str]
    here: Mapping[str, str]

    @property
    def beyond_the_master(self) -> tuple[str, ...]:
        """Attributes that only a superuser may change, and that lock the role against the master."""
        flags = (
            ("SUPERUSER", self.superuser),
            ("REPLICATION", self.replication),
            ("BYPASSRLS", self.bypassrls),
        )
        return tuple(name for name, present in flags if present)


class Membership(NamedTuple):
    """`member` is in `role`, and may hand it on if `admin`."""

    role: str
    member: str
    admin: bool


class Target(NamedTuple):
    """An object that privileges are on. `signature` tells functions of one name apart."""

    kind: Kind
    schema: str
    name: str
    signature: str = ""


class Grant(NamedTuple):
    """One privilege of one grantee on an object, which may be passed on if `grantable`.

    `grantor` is empty for the object's owner, else who passed it on; `on_columns` is for some columns only.
    """

    grantee: str
    privilege: str
    grantable: bool = False
    grantor: str = ""
    on_columns: bool = False


class DefaultGrant(NamedTuple):
    """One privilege that objects of the owner will be born with; `schema` is empty for "in any schema"."""

    schema: str
    kind: Kind
    grantee: str
    privilege: str
    grantable: bool = False


class ForeignObject(NamedTuple):
    """An object that is not the owner's: what the server calls its type, its quoted name, whose it is.

    `definer` is a function that runs with the rights of whoever owns it.
    """

    type: str
    identity: str
    owner: str
    definer: bool = False


@dataclass(frozen=True, kw_only=True)
class Observed:
    """All that the plan compares with the design."""

    database: str
    master: str
    roles: Mapping[str, RoleRow]
    memberships: frozenset[Membership]
    public_schema_owner: str
    grants: Mapping[Target, frozenset[Grant]]
    """Of every object that the owner grants on, also of those with none."""
    default_grants: frozenset[DefaultGrant]
    foreign: tuple[ForeignObject, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    """Role and object, for each object of somebody else whose privileges name the role."""
    connection_limit: int = -1
    database_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    settings_of_all: Mapping[str, str] = field(default_factory=dict[str, str])
    large_objects: tuple[str, ...] = ()
