"""One pass from Secrets Manager to the files that PgBouncer reads.

The first pass needs everything and raises otherwise; a later one keeps what it cannot read anew, and says so.
It never reloads PgBouncer: whoever runs a pass does that when something changed.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from containers.pgbouncer import logins
from containers.pgbouncer.certificate import Material, check, parse_material
from containers.pgbouncer.environment import Environment
from containers.pgbouncer.files import CERTIFICATE, KEY, LOGINS, RuntimeDirectory
from containers.pgbouncer.logins import Accepts, Logins, Versions
from containers.pgbouncer.stages import SecretStages, read_versions
from lambdas.common import connections
from lambdas.common.errors import DatatierError, SecretUnreadable
from lambdas.common.logs import Log
from lambdas.common.secret_documents import PostgresSecret
from lambdas.common.secrets_manager import CURRENT

_APPLICATION_NAME: Final = "datatier-pgbouncer"
CERTIFICATE_SECRET: Final = "certificate"  # noqa: S105  what messages call the secret

_Read = TypeVar("_Read", Versions, Material)


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a pass did. `changed`: PgBouncer must reload (and the next pass does not say so again).

    `kept` are the secrets that could not be read anew, by login, or `certificate`; `undecided` are names of
    two passwords that PostgreSQL could not be asked about: another pass is worth while once it answers.
    """

    changed: bool
    kept: tuple[str, ...]
    undecided: tuple[str, ...]


class Refresh:
    """What one task serves its clients with, kept from pass to pass.

    One thread runs the passes; any may ask for a secret meanwhile.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        directory: RuntimeDirectory,
        stages: SecretStages,
        accepts: Accepts,
        log: Log,
    ) -> None:
        self._environment = environment
        self._directory = directory
        self._stages = stages
        self._accepts = accepts
        self._log = log
        self._versions: dict[str, Versions] = {}
        self._logins = Logins(secrets={})
        self._by_login: Mapping[str, PostgresSecret] = {}
        self._material: Material | None = None
        self._refused: tuple[str, ...] = ()

    def run(self) -> Refreshed:
        """Read the secrets and write what changed.

        Raises:
            SecretError, CertificateInvalid: in the first pass only: something cannot be served with.
            RuntimeDirectoryUnusable: a file cannot be written.
        """
        kept: list[str] = []
        arns = self._environment.login_secret_arns
        with ThreadPoolExecutor(max_workers=len(arns) + 1) as readers:  # an outage is waited for once
            reads = {login: readers.submit(self._read_login, login, arn) for login, arn in arns.items()}
            material = readers.submit(self._read_material)
        for login, read in reads.items():
            versions = self._or_kept(login, read.result, self._versions.get(login), kept)
            self._versions[login] = versions
        self._material = self._or_kept(CERTIFICATE_SECRET, material.result, self._material, kept)
        self._choose()
        changed = self._write(self._material)
        return Refreshed(changed=changed, kept=tuple(kept), undecided=self._logins.undecided)

    def secret(self, login: str) -> PostgresSecret:
        """How a login gets to the primary: its current user with the password that is served.

        Raises KeyError before the first pass.
        """
        return self._by_login[login]

    def _read_login(self, login: str, arn: str) -> Versions:
        versions = read_versions(self._stages, login=login, arn=arn)
        logins.current_secret(versions, self._environment)
        return versions

    def _read_material(self) -> Material:
        arn = self._environment.certificate_secret_arn
        text = self._stages.read(arn, stage=CURRENT)
        if text is None:
            raise SecretUnreadable(f"secret {arn} of the certificate has no {CURRENT} version.")
        material = parse_material(text, name="of the certificate")
        if material != self._material:
            ends = check(material, scratch=self._directory.path)
            self._log.info("a certificate is taken into use", ends=ends.isoformat())
        return material

    def _or_kept(self, name: str, read: Callable[[], _Read], before: _Read | None, kept: list[str]) -> _Read:
        try:
            return read()
        except DatatierError as error:
            if before is None:
                raise
            kept.append(name)
            self._log.warning(
                "a secret cannot be read anew; what it held is kept", secret=name, reason=str(error)
            )
            return before

    def _choose(self) -> None:
        found = logins.candidates(self._versions.values(), self._environment)
        if found.refused != self._refused:
            for reason in found.refused:
                self._log.warning("a version of a secret is not used", reason=reason)
            self._refused = found.refused
        before = self._logins
        self._logins = logins.choose(found, before=before.secrets, accepts=self._accepts)
        if self._logins.undecided:
            self._log.warning(
                "PostgreSQL could not be asked which of two passwords it accepts",
                names=self._logins.undecided,
            )
        if self._logins.unaccepted:
            self._log.warning(
                "PostgreSQL accepts no password that the secrets hold", names=self._logins.unaccepted
            )
        self._by_login = {
            login: self._logins.secrets[logins.current_secret(versions, self._environment).username]
            for login, versions in self._versions.items()
        }
        self._say(before.secrets, self._logins.secrets)

    def _say(self, before: Mapping[str, PostgresSecret], after: Mapping[str, PostgresSecret]) -> None:
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if names:
            self._log.info("the logins that the pooler serves change", names=names)

    def _write(self, material: Material) -> bool:
        contents = {
            LOGINS: logins.userlist(self._logins.secrets),
            KEY: material.private_key,
            CERTIFICATE: material.certificate,
        }
        written = {name: self._directory.write(name, content) for name, content in contents.items()}
        return any(written.values())


def ask_primary(environment: Environment) -> Accepts:
    """Ask PostgreSQL by logging in, verify-full, as the functions do."""
    log_in = partial(connections.connect, application_name=_APPLICATION_NAME, ca_bundle=environment.ca_bundle)
    return partial(connections.accepts, log_in)
