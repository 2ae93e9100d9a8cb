"""The difference between the privileges that are and those of the design: pure.

Only grantees of the design and PUBLIC are judged; what somebody granted to a role of their own stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from lambdas.bootstrap.roles.design import LEDGER, MONITOR, OBJECT_PRIVILEGES, OWNER, PUBLIC, Kind, privileges
from lambdas.bootstrap.roles.observed import DefaultGrant, Grant, Target
from lambdas.bootstrap.roles.statements import ChangeDefault, ChangeGrant, Statement

_DEFAULT_KINDS: tuple[Kind, ...] = ("schema", "table", "sequence", "function", "type")
# A login may read what lives in `public`; schemas that migrations add are for the two groups.
_NOT_BY_DEFAULT = frozenset({MONITOR})


Grants = Mapping[Target, frozenset[Grant]]


def grant_changes(grants: Grants, *, managed: frozenset[str]) -> Iterator[Statement]:
    """REVOKEs first; what they take along although the design gives it is given again."""
    taken: dict[Target, frozenset[Grant]] = {}
    given: dict[Target, frozenset[Grant]] = {}
    for judged, targets in _alike(grants, managed):
        for target in targets:
            wanted = _wanted(target)
            if judged != wanted:
                # The owner takes back what the owner gave; what others passed on from that falls with it.
                taken[target] = frozenset(_plain(grant) for grant in judged - wanted if not grant.grantor)
                given[target] = wanted - (judged - taken[target])
    yield from _object_statements(taken, give=False)
    yield from _object_statements(given, give=True)


def grants_of_strangers(grants: Grants, *, managed: frozenset[str]) -> Iterator[str]:
    """What a role outside the design passed on to one inside: its own affair, so it is told and stays."""
    found: dict[tuple[str, str], list[tuple[Target, str]]] = defaultdict(list)
    for judged, targets in _alike(grants, managed):
        for grant in judged:
            if grant.grantor and grant.grantor not in managed:
                found[grant.grantee, grant.grantor].extend(
                    (target, grant.privilege) for target in targets if _plain(grant) not in _wanted(target)
                )
    for (grantee, grantor), passed_on in sorted(found.items()):
        if passed_on:
            (target, privilege), *others = sorted(passed_on)
            more = f" and {len(others)} more" if others else ""
            yield (
                f"role {grantee} has {privilege} on {target.kind} {target.name}{more} from "
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


def _alike(grants: Grants, managed: frozenset[str]) -> Iterator[tuple[frozenset[Grant], list[Target]]]:
    """Objects with the same grants together, and of those the grants that are judged."""
    alike: dict[frozenset[Grant], list[Target]] = defaultdict(list)
    for target, held in grants.items():
        alike[held].append(target)
    for held, targets in alike.items():
        judged = (grant for grant in held if grant.grantee in managed or grant.grantee == PUBLIC)
        yield frozenset(judged), targets


def _wanted(target: Target) -> frozenset[Grant]:
    added_schema = target.kind == "schema" and target.name != "public"
    # A thousand tables are asked for, and two of their names are told apart.
    return _designed(target.kind, target.name if target.name == LEDGER else "", added_schema=added_schema)


@cache
def _designed(kind: Kind, name: str, *, added_schema: bool) -> frozenset[Grant]:
    return frozenset(
        Grant(grantee, privilege)
        for grantee, granted in privileges(kind, name=name).items()
        for privilege in granted
        if not (added_schema and grantee in _NOT_BY_DEFAULT)
    )


def _plain(grant: Grant) -> Grant:
    """The same privilege as the owner gives it: on the whole object, and not to be passed on."""
    return Grant(grant.grantee, grant.privilege)


def _object_statements(changes: Grants, *, give: bool) -> Iterator[Statement]:
    """One statement for all objects of a kind that need the same change."""
    by_change: dict[tuple[Kind, str, tuple[str, ...]], list[Target]] = defaultdict(list)
    for target, grants in sorted(changes.items()):
        by_grantee: dict[str, set[str]] = defaultdict(set)
        for grant in grants:
            by_grantee[grant.grantee].add(grant.privilege)
        for grantee, names in sorted(by_grantee.items()):
            by_change[target.kind, grantee, tuple(sorted(names))].append(target)
    for (kind, grantee, names), objects in by_change.items():
        yield ChangeGrant(give, kind, tuple(objects), names, grantee)


def _default_statements(changes: Iterable[DefaultGrant], *, give: bool) -> Iterator[Statement]:
    grouped: dict[tuple[str, Kind, str], set[str]] = defaultdict(set)
    for schema, kind, grantee, privilege, _ in changes:
        grouped[schema, kind, grantee].add(privilege)
    for (schema, kind, grantee), names in sorted(grouped.items()):
        yield ChangeDefault(give, OWNER, schema, kind, tuple(sorted(names)), grantee)
