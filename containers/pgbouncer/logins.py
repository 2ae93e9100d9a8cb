"""Who may log in through the pooler, and with which password. Pure, but for the question put to PostgreSQL.

PgBouncer keeps one entry a name, while a secret has up to three versions and two of them may share a name: of
an alternating login, the version before the current one and the one that is coming. No password is shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from containers.pgbouncer.environment import Environment
from lambdas.common.alternation import fits, original_name
from lambdas.common.errors import SecretInvalid, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS

STAGES: Final = (CURRENT, PENDING, PREVIOUS)
"""In the order in which they are believed when PostgreSQL cannot be asked."""

_HASH: Final = re.compile(r"SCRAM-SHA-256\$.*|md5[0-9a-fA-F]{32}", re.DOTALL)

Accepts = Callable[[PostgresSecret], bool]
"""Whether the primary accepts a login. Raises ServerUnreachable."""


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The texts of one login's secret by their stage; its repr hides them."""

    login: str
    texts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """What each name may log in with, the most believed first, and why versions are not used."""

    by_name: Mapping[str, tuple[PostgresSecret, ...]]
    refused: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Logins:
    """One password a name.

    `undecided` are names of two passwords that PostgreSQL could not be asked about, `unaccepted` those of
    which it accepts none.
    """

    secrets: Mapping[str, PostgresSecret]
    undecided: tuple[str, ...] = ()
    unaccepted: tuple[str, ...] = ()


def current_secret(versions: Versions, environment: Environment) -> PostgresSecret:
    """The version that a login cannot be served without.

    Raises:
        SecretInvalid: there is none, it is malformed, or it is for another server, database or user.
    """
    text = versions.texts.get(CURRENT)
    if text is None:
        raise SecretInvalid(f"the secret of {versions.login} has no {CURRENT} version.")
    return _usable(text, login=versions.login, stage=CURRENT, environment=environment)


def candidates(all_versions: Iterable[Versions], environment: Environment) -> Candidates:
    """Every password that a name may have; a version that is not the pooler's is refused and never used."""
    by_name: dict[str, tuple[PostgresSecret, ...]] = {}
    refused: list[str] = []
    for versions in all_versions:
        for stage in STAGES:
            if stage not in versions.texts:
                continue
            try:
                secret = _usable(
                    versions.texts[stage], login=versions.login, stage=stage, environment=environment
                )
            except SecretInvalid as error:
                refused.append(str(error))
                continue
            found = by_name.get(secret.username, ())
            if secret not in found:
                by_name[secret.username] = (*found, secret)
    return Candidates(by_name=by_name, refused=tuple(refused))


def choose(found: Candidates, *, before: Mapping[str, PostgresSecret], accepts: Accepts) -> Logins:
    """One password a name: the one that PostgreSQL accepts.

    It is asked only about names of two passwords, and not again in this pass once it could not be reached.
    Without an answer the entry of before stays if it is still a candidate; otherwise the current version's is
    taken, or the pending one's.
    """
    secrets: dict[str, PostgresSecret] = {}
    undecided: list[str] = []
    unaccepted: list[str] = []
    for name, choices in sorted(found.by_name.items()):
        secrets[name] = before[name] if before.get(name) in choices else choices[0]
        if len(choices) == 1:
            continue
        if undecided:
            undecided.append(name)
            continue
        try:
            accepted = next((choice for choice in choices if accepts(choice)), None)
        except ServerUnreachable:
            undecided.append(name)
            continue
        if accepted is None:
            unaccepted.append(name)
        else:
            secrets[name] = accepted
    return Logins(secrets=secrets, undecided=tuple(undecided), unaccepted=tuple(unaccepted))


def userlist(secrets: Mapping[str, PostgresSecret]) -> str:
    """PgBouncer's auth_file: names in order, quotes doubled (documentation, "Authentication file format")."""
    return "".join(
        f"{_quoted(name)} {_quoted(secret.password)}\n" for name, secret in sorted(secrets.items())
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _usable(text: str, *, login: str, stage: str, environment: Environment) -> PostgresSecret:
    name = f"of {login} ({stage})"
    secret = parse_postgres_secret(text, name=name)
    here = (environment.primary_host.lower(), environment.postgres_port, environment.database)
    if (secret.host.lower(), secret.port, secret.dbname) != here:
        raise SecretInvalid(
            f"secret {name} is for {secret.host}:{secret.port}/{secret.dbname} and this pooler leads to "
            f"{here[0]}:{here[1]}/{here[2]}; it is not used."
        )
    if original_name(secret.username) != original_name(login) or not fits(secret.username):
        raise SecretInvalid(
            f"secret {name} names the user {secret.username!r}; {login} or its twin is expected."
        )
    if "\0" in secret.password or _HASH.fullmatch(secret.password):
        raise SecretInvalid(
            f"secret {name} holds a password that PgBouncer would take for a hash or cut off. Rotate it."
        )
    return secret
