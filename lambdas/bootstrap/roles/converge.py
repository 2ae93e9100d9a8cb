"""Makes roles and grants match the design, in one transaction under the lock shared with rotation.

It logs names and counts; a password or a verifier never leaves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles.design import IAM_GROUP, Access, designed_roles, possible_clones
from lambdas.bootstrap.roles.errors import RolesNotConverged
from lambdas.bootstrap.roles.observe import observe
from lambdas.bootstrap.roles.observed import Observed
from lambdas.bootstrap.roles.passwords import LoginSecrets, Password, set_password
from lambdas.bootstrap.roles.plan import plan_grants, plan_roles
from lambdas.bootstrap.roles.statements import ChangeOwner, Statement
from lambdas.common.connections import server_says
from lambdas.common.logs import Log
from lambdas.common.roles_lock import hold_roles_lock

_STATEMENT_CHARACTERS: Final = 400
_SHOWN: Final = 100
# A table changes hands behind a lock that keeps everyone out: nobody waits for longer, and the next run tries
# again. Shorter than deadlock_timeout, so that nobody else's query is ended.
_IMPATIENT: Final = "SET LOCAL lock_timeout = '500ms'"


def converge_roles(
    master: Connection[TupleRow],
    *,
    iam_logins: Mapping[str, Access],
    secrets: LoginSecrets,
    log: Log,
) -> tuple[Password, ...]:
    """Bring every role, membership, setting and privilege to the design; new logins get their password.

    Returns the logins' secrets as they were behind the lock.

    Raises:
        RolesNotConverged: the server refused a statement, or has no rds_iam role for the people it should
        admit.
        RolesBusy: another program has been changing roles for too long.
        PasswordNotSet: a role that was just made does not take its password.
    """
    # Somebody may have given the database or the master settings that this very session has now.
    master.execute(
        "SET default_transaction_read_only = off; SET ROLE NONE; SET search_path = public", prepare=False
    )
    with master.transaction():
        hold_roles_lock(master)
        # Behind the lock, or a rotation that has just ended would be undone.
        passwords = secrets.all()
        observed = observe(master)
        if iam_logins and IAM_GROUP not in observed.roles:
            raise RolesNotConverged(
                f"the logins {sorted(iam_logins)} need IAM authentication, and this server has no "
                f"role {IAM_GROUP}. Switch IAM authentication on for the instance, or empty iam_logins.",
            )
        design = designed_roles(iam_logins=iam_logins, clones=_clones(observed, passwords))
        plan = plan_roles(design=design, observed=observed)
        done = _execute(master, plan.statements)
        for password in passwords:
            if password.username in plan.created:
                set_password(master, password)
        # A role or an ownership may have changed which privileges there are to see.
        settled = observe(master) if plan.statements else observed
        grants = plan_grants(design=design, observed=settled)
        granted = _execute(master, grants.statements)
    changes = [*done.changed, *granted.changed]
    log.info("Roles compared with the design", statements=len(changes), created=sorted(plan.created))
    if changes:
        log.info("Roles changed to match the design", changes=changes[:_SHOWN])
    for sentence in (*plan.drift, *done.refused, *grants.drift, *granted.refused):
        log.warning("Roles differ from the design", drift=sentence)
    return passwords


def _clones(observed: Observed, passwords: Sequence[Password]) -> frozenset[str]:
    """Alternating users that exist, or that a secret names although a restored database lacks them."""
    return possible_clones() & (observed.roles.keys() | {password.username for password in passwords})


@dataclass(frozen=True)
class _Done:
    """Statements as they are shown: those that ran, and those that the server refused, with its reason."""

    changed: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])


def _execute(master: Connection[TupleRow], statements: Sequence[Statement]) -> _Done:
    """Run each behind a savepoint; what the master may not do is told and stops nothing."""
    done = _Done()
    for statement in statements:
        try:
            with master.transaction():
                if isinstance(statement, ChangeOwner):
                    master.execute(_IMPATIENT)
                master.execute(statement.as_sql())
        except psycopg.errors.InsufficientPrivilege as error:
            reason = error.diag.message_primary
            done.refused.append(f"the master may not do this: {_shown(statement)}: {reason}")
        except psycopg.Error as error:
            if isinstance(statement, ChangeOwner) and not master.closed:
                done.refused.append(f"not done in this run: {_shown(statement)}: {server_says(error)}")
                continue
            raise RolesNotConverged(
                f"the server refused a change of roles: {server_says(error)}. "
                f"Nothing of this run's role changes was kept. It was {_shown(statement)}.",
            ) from error
        else:
            done.changed.append(_shown(statement))
    return done


def _shown(statement: Statement) -> str:
    """A grant may name thousands of objects."""
    return statement.as_sql().as_string()[:_STATEMENT_CHARACTERS]
