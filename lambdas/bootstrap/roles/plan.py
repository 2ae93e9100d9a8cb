"""What must be executed so that a database's roles match the design: pure, the difference and nothing more.

A database that matches gives an empty plan, so a second run writes nothing. What a master that is no
superuser may not mend is in `Plan.drift`, in words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lambdas.bootstrap.roles.design import GROUPS, IAM_GROUP, OWNER, Role
from lambdas.bootstrap.roles.grants import (
    default_changes,
    grant_changes,
    grants_elsewhere,
    grants_of_strangers,
)
from lambdas.bootstrap.roles.observed import Membership, Observed, RoleRow
from lambdas.bootstrap.roles.ownership import left_to_others, ownership_changes
from lambdas.bootstrap.roles.statements import (
    ChangeMembership,
    ChangeOwner,
    DefineRole,
    ResetDatabase,
    ResetSetting,
    SetSetting,
    Statement,
)
from lambdas.common.alternation import CLONE_SUFFIX, original_name

PUBLIC_SCHEMA = "public"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Statements in their order, what stays different in words, and the roles that are made."""

    statements: tuple[Statement, ...]
    drift: tuple[str, ...]
    created: frozenset[str] = frozenset()


def plan_roles(*, design: Sequence[Role], observed: Observed) -> Plan:
    """Compare roles with the design: attributes, settings, memberships, owners."""
    locked = {name: row.beyond_the_master for name, row in observed.roles.items() if row.beyond_the_master}
    ours = [role for role in design if role.name not in locked]
    created = frozenset(role.name for role in design if role.name not in observed.roles)
    statements: list[Statement] = [
        DefineRole(create=True, name=role.name, login=role.login) for role in design if role.name in created
    ]
    for role in ours:
        row = observed.roles.get(role.name)
        if row is not None:
            statements.extend(_attributes(role, row))
        statements.extend(_settings(role, row, observed.database))
    statements.extend(_memberships(design=design, observed=observed))
    if observed.public_schema_owner != OWNER:
        statements.append(ChangeOwner("schema", PUBLIC_SCHEMA, OWNER))
    statements.extend(ownership_changes(design=design, observed=observed))
    return Plan(
        statements=(*_database(observed), *statements),
        drift=tuple(_drift(design, observed, locked)),
        created=created,
    )


def _drift(
    design: Sequence[Role], observed: Observed, locked: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    names = {role.name for role in design}
    for name in sorted(names & set(locked)):
        yield f"role {name} has {' and '.join(locked[name])}, which only a superuser can take away"
    for name, value in observed.settings_of_all.items():
        yield f"all roles have {name} = {value}, which only a superuser can take away"
    yield from left_to_others(design=design, observed=observed)
    for role, member, _ in sorted(observed.memberships):
        known = member in names | {observed.master} or member.endswith(CLONE_SUFFIX)
        person = Membership(IAM_GROUP, member, admin=False) in observed.memberships
        if role in names and not known and not (person and role in GROUPS):
            yield f"role {member} is in {role}, and the design does not know it"


def _database(observed: Observed) -> Iterator[Statement]:
    """First of all: a setting of the database is everyone's, and a limit keeps everyone out."""
    if observed.connection_limit != -1:
        yield ResetDatabase(observed.database)
    for name in sorted(observed.database_settings):
        yield ResetDatabase(observed.database, name)


def plan_grants(*, design: Sequence[Role], observed: Observed) -> Plan:
    """Compare privileges, on objects and by default; the roles exist already."""
    managed = frozenset(role.name for role in design)
    return Plan(
        statements=(
            *grant_changes(observed.grants, managed=managed),
            *default_changes(observed.default_grants, managed=managed),
        ),
        drift=(
            *grants_of_strangers(observed.grants, managed=managed),
            *grants_elsewhere(observed.elsewhere, managed=managed),
        ),
    )


def _attributes(role: Role, row: RoleRow) -> Iterator[Statement]:
    as_designed = (
        row.login == role.login
        and row.inherit
        and not row.createdb
        and not row.createrole
        and row.connection_limit == -1
        and not row.expires
    )
    if not as_designed:
        yield DefineRole(create=False, name=role.name, login=role.login, clear_expiry=row.expires)


def _settings(role: Role, row: RoleRow | None, database: str) -> Iterator[Statement]:
    present: Mapping[str, str] = {} if row is None else row.settings
    for name in sorted(present.keys() - role.settings.keys()):
        yield ResetSetting(role.name, name)
    if row is not None and row.here:
        yield ResetSetting(role.name, None, database)
    for name, value in role.settings.items():
        if present.get(name) != value:
            yield SetSetting(role.name, name, value)


def _memberships(*, design: Sequence[Role], observed: Observed) -> Iterator[Statement]:
    wanted = {(role, member.name) for member in design for role in member.member_of}
    # Default privileges and ownership are the owner's to change: the master acts as one of its members.
    wanted.add((OWNER, observed.master))
    present = {(membership.role, membership.member) for membership in observed.memberships}
    for role, member in sorted(_surplus(design=design, observed=observed)):
        yield ChangeMembership(give=False, role=role, member=member)
    for role, member, admin in sorted(observed.memberships):
        if admin and (role, member) in wanted:
            yield ChangeMembership(give=False, role=role, member=member, admin_option_only=True)
    for role, member in sorted(wanted - present):
        yield ChangeMembership(give=True, role=role, member=member)


def _surplus(*, design: Sequence[Role], observed: Observed) -> Iterable[tuple[str, str]]:
    """Memberships to end: more than the design gives a role, and people whose IAM login was withdrawn."""
    allowed = {role.name: role.member_of for role in design}
    people = {member for role, member, _ in observed.memberships if role == IAM_GROUP}
    for role, member, _ in observed.memberships:
        if member in allowed:
            # A rotation that follows AWS's own makes the clone a member of its original.
            if role not in allowed[member] | {original_name(member)}:
                yield role, member
        elif member in people and member != observed.master and role in (*GROUPS, IAM_GROUP):
            in_our_groups = any(m.member == member and m.role in GROUPS for m in observed.memberships)
            if in_our_groups:
                yield role, member
