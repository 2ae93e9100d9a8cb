"""The few kinds of statement that a plan is made of, as data. Rendering them to SQL is `rendering`'s work."""

from dataclasses import dataclass

from lambdas.bootstrap.roles.design import Kind
from lambdas.bootstrap.roles.observed import Target


@dataclass(frozen=True)
class CreateRole:
    """CREATE ROLE with every attribute off but LOGIN."""

    name: str
    login: bool


@dataclass(frozen=True)
class AlterRole:
    """Bring the attributes back that a master may state."""

    name: str
    login: bool
    clear_expiry: bool


@dataclass(frozen=True)
class GrantRole:
    """Make `member` a member of `role`."""

    role: str
    member: str


@dataclass(frozen=True)
class RevokeRole:
    """Take `member` out of `role`, or only take its right to hand the membership on."""

    role: str
    member: str
    admin_option_only: bool = False


@dataclass(frozen=True)
class SetSetting:
    """ALTER ROLE … SET, for every database."""

    role: str
    name: str
    value: str


@dataclass(frozen=True)
class ResetSetting:
    """ALTER ROLE … RESET; `name` None is all of them, `database` None is every database."""

    role: str
    name: str | None
    database: str | None = None


@dataclass(frozen=True)
class OwnSchema:
    """ALTER SCHEMA … OWNER TO."""

    schema: str
    owner: str


@dataclass(frozen=True)
class ChangeGrant:
    """GRANT or REVOKE the same privileges on several objects of a kind."""

    give: bool
    kind: Kind
    targets: tuple[Target, ...]
    privileges: tuple[str, ...]
    grantee: str


@dataclass(frozen=True)
class ChangeDefault:
    """ALTER DEFAULT PRIVILEGES FOR ROLE owner; an empty schema is every schema."""

    give: bool
    owner: str
    schema: str
    kind: Kind
    privileges: tuple[str, ...]
    grantee: str


Statement = (
    CreateRole
    | AlterRole
    | GrantRole
    | RevokeRole
    | SetSetting
    | ResetSetting
    | OwnSchema
    | ChangeGrant
    | ChangeDefault
)
