"""Secrets Manager's versions and labels in memory, moved as the service moves them.

moto keeps neither a pending version without a value nor the date of the last rotation.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lambdas.common.errors import SecretUnreadable
from lambdas.common.rotation.contract import Metadata
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS


@dataclass
class Secret:
    """The text of each version, None before createSecret has put it, and who has which label."""

    texts: dict[str, str | None] = field(repr=False)
    labels: dict[str, str]
    rotated_at: datetime | None = None
    current_since: datetime | None = None
    enabled: bool = True


@dataclass
class MemoryVersions:
    """The secrets of one test."""

    secrets: dict[str, Secret] = field(default_factory=dict[str, Secret])

    def add(self, arn: str, text: str) -> None:
        """Create a secret that rotates."""
        version = str(uuid.uuid4())
        self.secrets[arn] = Secret(texts={version: text}, labels={CURRENT: version})

    def begin(self, arn: str) -> str:
        """Begin a rotation as RotateSecret does; one that is not complete is gone on with."""
        secret = self.secrets[arn]
        pending = secret.labels.get(PENDING)
        if pending is not None and pending != secret.labels[CURRENT]:
            return pending
        token = str(uuid.uuid4())
        secret.texts[token] = None
        secret.labels[PENDING] = token
        return token

    def complete(self, arn: str) -> None:
        """End a rotation whose last step is done, as the service does once the function has answered."""
        secret = self.secrets[arn]
        assert secret.labels.pop(PENDING) == secret.labels[CURRENT], "the pending version is not current"
        secret.rotated_at = datetime.now(tz=UTC)
        # Secrets Manager may delete a version that has no label at any time.
        for version in secret.texts.keys() - set(secret.labels.values()):
            del secret.texts[version]

    def give_up(self, arn: str) -> None:
        """Take the pending label away, as a person does who wants a rotation to begin anew."""
        self.secrets[arn].labels.pop(PENDING, None)

    def age(self, arn: str, *, seconds: float) -> None:
        """Let the last rotation be longer ago."""
        secret = self.secrets[arn]
        if secret.rotated_at is not None:
            secret.rotated_at -= timedelta(seconds=seconds)
        if secret.current_since is not None:
            secret.current_since -= timedelta(seconds=seconds)

    def describe(self, arn: str) -> Metadata:
        secret = self.secrets[arn]
        stages = {
            version: tuple(label for label, at in secret.labels.items() if at == version)
            for version in secret.labels.values()
        }
        return Metadata(enabled=secret.enabled, stages=stages, rotated_at=secret.rotated_at)

    def read(self, arn: str, *, stage: str, version: str | None = None) -> str | None:
        secret = self.secrets.get(arn)
        at = None if secret is None else secret.labels.get(stage)
        if secret is None or at is None or version not in (None, at):
            return None
        return secret.texts[at]

    def current_since(self, arn: str) -> datetime | None:
        return self.secrets[arn].current_since

    def put_pending(self, arn: str, token: str, text: str) -> None:
        secret = self.secrets[arn]
        if secret.texts.get(token) not in (None, text):
            raise SecretUnreadable("ResourceExistsException: the version has another text already")
        secret.texts[token] = text
        secret.labels[PENDING] = token

    def make_current(self, arn: str, token: str, *, instead_of: str | None) -> None:
        secret = self.secrets[arn]
        if secret.labels[CURRENT] != instead_of:
            raise SecretUnreadable("the label is not where it is moved from")
        if token != instead_of:
            secret.labels |= {PREVIOUS: secret.labels[CURRENT], CURRENT: token}
            secret.current_since = datetime.now(tz=UTC)

    def label(self, arn: str, token: str, label: str, *, instead_of: str | None) -> None:
        secret = self.secrets[arn]
        if secret.labels.get(label) != instead_of:
            raise SecretUnreadable("the label is not where it is moved from")
        secret.labels[label] = token
