"""Objects that somebody else than the owner made: which are given to the owner, and why others are not. Pure.

Only what belongs to the master or to a login that acts as the owner anyway changes hands. A view, a rule, an
index or a function runs with the rights of its owner, so taking over what a lesser login made would hand the
owner's rights to whoever wrote it: such objects are told, for a person to look at.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lambdas.bootstrap.roles.design import GROUPS, OWNER, PUBLIC, Role
from lambdas.bootstrap.roles.observed import ForeignObject, Observed
from lambdas.bootstrap.roles.statements import (
    ChangeMembership,
    ChangeOwner,
    Statement,
    can_change_hands,
)

# To own one of these, a role must be a superuser or what is more than the owner should be.
_NEVER: Final = frozenset({"event trigger", "foreign-data wrapper", "publication", "subscription"})
_SHOWN: Final = 20


def ownership_changes(*, design: Sequence[Role], observed: Observed) -> tuple[Statement, ...]:
    """Give the objects to the owner, schemas first; the master is in their logins only meanwhile."""
    taken = [object_ for object_ in observed.foreign if not _reason(object_, design, observed)]
    present = {membership.role for membership in observed.memberships if membership.member == observed.master}
    acted_for = sorted({object_.owner for object_ in taken} - present - {observed.master})
    return (
        *(ChangeMembership(give=True, role=role, member=observed.master) for role in acted_for),
        *(ChangeOwner(object_.type, object_.identity, OWNER) for object_ in taken),
        *(ChangeMembership(give=False, role=role, member=observed.master) for role in acted_for),
    )


def left_to_others(*, design: Sequence[Role], observed: Observed) -> Iterator[str]:
    """What is not taken over, with the reason; a long list is cut and counted."""
    told = [
        f"{object_.type} {object_.identity} ({object_.owner}) is not owned by {OWNER}: {reason}"
        for object_ in observed.foreign
        if (reason := _reason(object_, design, observed))
    ]
    yield from told[:_SHOWN]
    if told[_SHOWN:]:
        yield f"{len(told) - _SHOWN} more objects are not owned by {OWNER}"
    for owned in observed.large_objects:
        yield f"{owned} large objects, which no other login reads, backup included. Use a bytea column"


def _reason(object_: ForeignObject, design: Sequence[Role], observed: Observed) -> str:
    equals = {role.name for role in design if OWNER in role.member_of} | {observed.master}
    if object_.type in _NEVER or not can_change_hands(object_.type):
        return "objects of this type stay with whoever made them"
    if object_.owner in equals:
        if object_.definer:
            return "it runs with its owner's rights, and would run with others; a person has to decide"
        return ""
    if object_.owner in {role.name for role in design} | set(GROUPS) | {PUBLIC}:
        return (
            f"{object_.owner} has fewer rights than {OWNER}, and what it made might use them. Look at it, "
            f"then drop it or give it to {OWNER}"
        )
    return f"{object_.owner} is not in the design. Give it to {OWNER}, or drop it"
