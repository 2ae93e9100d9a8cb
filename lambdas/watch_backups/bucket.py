"""Reads one bucket: its listings, page by page, and a small document. It writes nothing."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.watch_backups.errors import BucketUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PATIENCE: Final = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 3, "mode": "standard"})
"""So short that one dead region leaves time to tell the other's figures."""


class Bucket(Protocol):
    """What is asked of a bucket. Each raises BucketUnreadable."""

    def folders(self, prefix: str) -> list[str]:
        """The names directly below a prefix that have something below them, without slashes."""
        ...

    def keys(self, prefix: str) -> frozenset[str]:
        """Every key below a prefix, without the prefix."""
        ...

    def document(self, key: str) -> bytes | None:
        """An object's content, or None where there is none."""
        ...


class S3Bucket:
    """A bucket of S3; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self, name: str, *, region: str | None = None) -> None:
        """Name it, and its region where that is not the function's own."""
        self._name = name
        self._client: S3Client = boto3.client("s3", region_name=region, config=_PATIENCE)

    def folders(self, prefix: str) -> list[str]:
        """See `Bucket`."""
        with self._reading(f"the listing of {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=prefix, Delimiter="/"
            )
            found = [one.get("Prefix", "") for page in pages for one in page.get("CommonPrefixes", [])]
        return [name.removeprefix(prefix).rstrip("/") for name in found]

    def keys(self, prefix: str) -> frozenset[str]:
        """See `Bucket`."""
        with self._reading(f"the listing of {prefix}"):
            return frozenset(self._keys(prefix))

    def document(self, key: str) -> bytes | None:
        """See `Bucket`."""
        with self._reading(key):
            try:
                return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
            except self._client.exceptions.NoSuchKey:
                return None

    def _keys(self, prefix: str) -> Iterator[str]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
            for one in page.get("Contents", []):
                yield one.get("Key", "").removeprefix(prefix)

    @contextmanager
    def _reading(self, what: str) -> Generator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise BucketUnreadable(
                f"bucket {self._name} does not hand out {what}: {error}. Check that the bucket is there, the "
                "function's permission on it and on its key, and the region."
            ) from error
