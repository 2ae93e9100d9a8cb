"""The difference between the privileges that are and those of the design: pure.

Only grantees of the design and PUBLIC are judged; what somebody granted to a role of their own stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lambdas.bootstrap.roles.design import OBJECT_PRIVILEGES, OWNER, PUBLIC, Kind, privileges
from lambdas.bootstrap.roles.observed import DefaultGrant, Grant, Target
from lambdas.bootstrap.roles.statements import ChangeDefault, ChangeGrant, Statement

_DEFAULT_KINDS: tuple[Kind, ...] = ("schema", "table", "sequence", "function", "type")
# A login may read what lives in `public`; schemas that migrations add are for the two groups.
_NOT_BY_DEFAULT = frozenset({"monitor"})


def grant_changes(
    *,
    targets: frozenset[Target],
    grants: frozenset[Grant],
    managed: frozenset[str],
) -> Iterator[Statement]:
    """REVOKEs first; what they take along although the design gives it is given again."""
    wanted = _wanted(targets)
    judged = _judged(grants, managed)
    # The owner takes back what the owner gave; what others passed on from that falls with it.
    taken = {_plain(grant) for grant in judged - wanted if not grant.grantor}
    yield from _object_statements(taken, give=False)
    yield from _object_statements(wanted - (judged - taken), give=True)


def grants_of_strangers(
    *,
    targets: frozenset[Target],
    grants: frozenset[Grant],
    managed: frozenset[str],
) -> Iterator[str]:
    """What a role outside the design passed on to one inside: its own affair, so it is told and stays."""
    passed_on_here = [grant for grant in grants if grant.grantor and grant.grantor not in managed]
    if not passed_on_here:
        return
    wanted = _wanted(targets)
    held: dict[tuple[str, str], list[Grant]] = defaultdict(list)
    for grant in sorted(_judged(passed_on_here, managed)):
        if _plain(grant) not in wanted:
            held[grant.grantee, grant.grantor].append(grant)
    for (grantee, grantor), passed_on in held.items():
        first = passed_on[0]
        more = f" and {len(passed_on) - 1} more" if len(passed_on) > 1 else ""
        yield (
            f"role {grantee} has {first.privilege} on {first.target.kind} {first.target.name}{more} from "
            f"{grantor}, who is not in the design and alone can take it back"
        )


def grants_elsewhere(elsewhere: Iterable[tuple[str, str]], *, managed: frozenset[str]) -> Iterator[str]:
    """Privileges on what is not the owner's: only whoever owns it can take them back."""
    for role, object_ in elsewhere:
        if role in managed:
            yield f"role {role} has privileges on {object_}, which is not {OWNER}'s to take back"


def default_changes(present: frozenset[DefaultGrant], *, managed: frozenset[str]) -> Iterator[Statement]:
    """The same for what future objects of the owner are born with."""
    wanted = {
        DefaultGrant("", kind, grantee, privilege)
        for kind in _DEFAULT_KINDS
        for grantee, granted in OBJECT_PRIVILEGES[kind].items()
        if grantee not in _NOT_BY_DEFAULT
        for privilege in granted
    }
    judged = {grant for grant in present if grant.grantee in managed or grant.grantee == PUBLIC}
    yield from _default_statements(judged - wanted, give=False)
    yield from _default_statements(wanted - judged, give=True)


def _wanted(targets: frozenset[Target]) -> set[Grant]:
    return {
        Grant(target, grantee, privilege)
        for target in targets
        for grantee, granted in privileges(target.kind, name=target.name).items()
        for privilege in granted
        if not (target.kind == "schema" and grantee in _NOT_BY_DEFAULT and target.name != "public")
    }


def _judged(grants: Iterable[Grant], managed: frozenset[str]) -> set[Grant]:
    return {grant for grant in grants if grant.grantee in managed or grant.grantee == PUBLIC}


def _plain(grant: Grant) -> Grant:
    """The same privilege as the owner gives it: on the whole object, and not to be passed on."""
    return Grant(grant.target, grant.grantee, grant.privilege)


def _object_statements(changes: Iterable[Grant], *, give: bool) -> Iterator[Statement]:
    """One statement for all objects of a kind that need the same change."""
    by_target: dict[tuple[Target, str], set[str]] = defaultdict(set)
    for grant in changes:
        by_target[grant.target, grant.grantee].add(grant.privilege)
    by_change: dict[tuple[Kind, str, tuple[str, ...]], list[Target]] = defaultdict(list)
    for (target, grantee), names in sorted(by_target.items()):
        by_change[target.kind, grantee, tuple(sorted(names))].append(target)
    for (kind, grantee, names), objects in by_change.items():
        yield ChangeGrant(give, kind, tuple(objects), names, grantee)


def _default_statements(changes: Iterable[DefaultGrant], *, give: bool) -> Iterator[Statement]:
    grouped: dict[tuple[str, Kind, str], set[str]] = defaultdict(set)
    for schema, kind, grantee, privilege, _ in changes:
        grouped[schema, kind, grantee].add(privilege)
    for (schema, kind, grantee), names in sorted(grouped.items()):
        yield ChangeDefault(give, OWNER, schema, kind, tuple(sorted(names)), grantee)
