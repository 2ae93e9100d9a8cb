"""What must be executed so that a database's roles match the design: pure, the difference and nothing more.

A database that matches gives an empty plan, so a second run writes nothing. What a master that is no
superuser may not mend is in `Plan.drift`, in words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lambdas.bootstrap.roles.design import CLONE_SUFFIX, GROUPS, IAM_GROUP, OWNER, Role
from lambdas.bootstrap.roles.grants import default_changes, grant_changes, grants_of_strangers
from lambdas.bootstrap.roles.observed import Membership, Observed, RoleRow
from lambdas.bootstrap.roles.statements import (
    ChangeMembership,
    DefineRole,
    OwnSchema,
    ResetSetting,
    SetSetting,
    Statement,
)

PUBLIC_SCHEMA = "public"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Statements in their order, what stays different in words, and the roles that are made."""

    statements: tuple[Statement, ...]
    drift: tuple[str, ...]
    created: frozenset[str] = frozenset()


def plan_roles(*, design: Sequence[Role], observed: Observed) -> Plan:
    """Compare roles with the design: attributes, settings, memberships, owner of the public schema."""
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
        statements.append(OwnSchema(PUBLIC_SCHEMA, OWNER))
    names = {role.name for role in design}
    drift = [
        f"role {name} has {' and '.join(locked[name])}, which only a superuser can take away"
        for name in sorted(names & set(locked))
    ]
    drift += [f"{object_} is not owned by {OWNER}" for object_ in observed.foreign]
    drift += [
        f"role {membership.member} is in {membership.role}, and the design does not know it"
        for membership in sorted(observed.memberships)
        if membership.role in GROUPS
        and membership.member not in names | {observed.master}
        and not membership.member.endswith(CLONE_SUFFIX)
        and Membership(IAM_GROUP, membership.member, admin=False) not in observed.memberships
    ]
    return Plan(statements=tuple(statements), drift=tuple(drift), created=created)


def plan_grants(*, design: Sequence[Role], observed: Observed) -> Plan:
    """Compare privileges, on objects and by default; the roles exist already."""
    managed = frozenset(role.name for role in design)
    targets, grants = observed.targets, observed.grants
    return Plan(
        statements=(
            *grant_changes(targets=targets, grants=grants, managed=managed),
            *default_changes(observed.default_grants, managed=managed),
        ),
        drift=tuple(grants_of_strangers(targets=targets, grants=grants, managed=managed)),
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
            if role not in allowed[member] | {member.removesuffix(CLONE_SUFFIX)}:
                yield role, member
        elif member in people and member != observed.master and role in (*GROUPS, IAM_GROUP):
            in_our_groups = any(m.member == member and m.role in GROUPS for m in observed.memberships)
            if in_our_groups:
                yield role, member
