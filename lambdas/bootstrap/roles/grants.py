"""The difference between the privileges that are and those of the design: pure.

Only grantees of the design and PUBLIC are judged; what somebody granted to a role of their own stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lambdas.bootstrap.roles.design import OBJECT_PRIVILEGES, OWNER, PUBLIC, Kind, privileges
from lambdas.bootstrap.roles.observed import DefaultGrant, Grant, Target
from lambdas.bootstrap.roles.statements import ChangeDefault, ChangeGrant, Statement

_DEFAULT_KINDS: tuple[Kind, ...] = ("schema", "table", "sequence", "function")
# A login may read what lives in `public`; schemas that migrations add are for the two groups.
_NOT_BY_DEFAULT = frozenset({"monitor"})


def grant_changes(
    *,
    targets: frozenset[Target],
    grants: frozenset[Grant],
    managed: frozenset[str],
) -> Iterator[Statement]:
    """REVOKEs first: a privilege held with grant option is taken and given back without it."""
    wanted = {
        Grant(target, grantee, privilege)
        for target in targets
        for grantee, granted in privileges(target.kind, name=target.name).items()
        for privilege in granted
        if not (target.kind == "schema" and grantee in _NOT_BY_DEFAULT and target.name != "public")
    }
    judged = {grant for grant in grants if grant.grantee in managed or grant.grantee == PUBLIC}
    yield from _object_statements(judged - wanted, give=False)
    yield from _object_statements(wanted - judged, give=True)


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


def _object_statements(changes: Iterable[Grant], *, give: bool) -> Iterator[Statement]:
    """One statement for all objects of a kind that need the same change."""
    by_target: dict[tuple[Target, str, bool], set[str]] = defaultdict(set)
    for target, grantee, privilege, grantable in changes:
        by_target[target, grantee, grantable].add(privilege)
    by_change: dict[tuple[Kind, str, bool, tuple[str, ...]], list[Target]] = defaultdict(list)
    for (target, grantee, grantable), names in sorted(by_target.items()):
        by_change[target.kind, grantee, grantable, tuple(sorted(names))].append(target)
    for (kind, grantee, _, names), objects in by_change.items():
        yield ChangeGrant(give, kind, tuple(objects), names, grantee)


def _default_statements(changes: Iterable[DefaultGrant], *, give: bool) -> Iterator[Statement]:
    grouped: dict[tuple[str, Kind, str], set[str]] = defaultdict(set)
    for schema, kind, grantee, privilege, _ in changes:
        grouped[schema, kind, grantee].add(privilege)
    for (schema, kind, grantee), names in sorted(grouped.items()):
        yield ChangeDefault(give, OWNER, schema, kind, tuple(sorted(names)), grantee)
