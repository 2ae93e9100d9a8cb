"""What a PostgreSQL and a Redis server have in common: a folder of its own that says what it is.

Whatever is needed to find and stop a server again is in its folder, so a crash of the program that started it
leaves no orphan. Never holds a secret in `server.json`.
"""

from __future__ import annotations

import json
import os
import shutil
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar

from tools.servers.certificates import Authority
from tools.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTITY = "server.json"
PRIVATE = 0o600


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What `server.json` holds. `source` is the folder of the server that this one follows."""

    identifier: str
    host: str
    port: int
    authority: str
    parameters: dict[str, str]
    source: str | None = None


I = TypeVar("I", bound=Identity)  # noqa: E741  (the one type variable of this module)


class LocalServer(ABC, Generic[I]):
    """One server in a folder of its own, primary or follower."""

    kind: ClassVar[str]
    identity_type: ClassVar[type[Identity]] = Identity

    def __init__(self, directory: Path, identity: I) -> None:
        self.directory = directory.resolve()
        self._identity = identity

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Find a server again from its folder. Raises ServerError if there is none.

        What another version of this project has written there and this one does not know is passed over, so
        that a server started before an upgrade can still be stopped after it.
        """
        known = {field.name for field in fields(cls.identity_type)}
        try:
            written = json.loads((directory / IDENTITY).read_text())
            identity = cls.identity_type(**{name: written[name] for name in known & set(written)})
        except (OSError, ValueError, TypeError) as error:
            raise ServerError(f"there is no {cls.kind} server in {directory}: {error}") from error
        return cls(directory, identity)  # pyright: ignore[reportArgumentType]  (each class names its own identity type)

    @property
    def identifier(self) -> str:
        """The instance's or the node's identifier."""
        return self._identity.identifier

    @property
    def host(self) -> str:
        """The loopback address that the certificate names."""
        return self._identity.host

    @property
    def port(self) -> int:
        """The TCP port; the server speaks nothing but TLS on it."""
        return self._identity.port

    @property
    def parameters(self) -> dict[str, str]:
        """The parameter group in force."""
        return dict(self._identity.parameters)

    @property
    def ca_path(self) -> Path:
        """The authority that verify-full clients trust."""
        return Path(self._identity.authority) / "ca.pem"

    @property
    def is_replica(self) -> bool:
        """Whether it follows another server."""
        return self._identity.source is not None

    @property
    def certificate(self) -> tuple[Path, Path]:
        """The server's certificate and key."""
        return self.directory / "tls" / "server.pem", self.directory / "tls" / "server.key"

    @property
    @abstractmethod
    def log(self) -> Path:
        """The server's log."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The server's process id, or None when it does not run."""

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it serves; does nothing when it runs. Raises StartFailed."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it, cutting its sessions off; does nothing when it does not run."""

    def is_running(self) -> bool:
        """Whether it runs."""
        return self.pid is not None

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def destroy(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _settle(self) -> None:
        """Make the folder anew, with the identity and a certificate; an earlier attempt in it is stopped."""
        if (self.directory / IDENTITY).exists():
            self.open(self.directory).stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "tls").mkdir(parents=True)
        self.directory.chmod(0o700)
        self._save()
        authority = Authority(Path(self._identity.authority))
        authority.issue("server", [self.host], directory=self.directory / "tls")

    def _remember_parameters(self, parameters: Mapping[str, str]) -> None:
        self._identity = replace(self._identity, parameters=dict(parameters))
        self._save()

    def _save(self) -> None:
        write_private(self.directory / IDENTITY, json.dumps(asdict(self._identity), indent=2))


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only from its first byte on."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as stream:
        stream.write(text)
    draft.replace(path)
