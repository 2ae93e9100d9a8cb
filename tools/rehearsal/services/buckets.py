"""What S3 does with an object and the emulator does not: locks, replicas; and evidence of what buckets did.

A replica is written before the answer to who wrote the object: a bucket is never behind here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from tools.rehearsal.seams import (
    BUCKETS,
    MULTIPART_COMPLETE,
    OBJECT_ENCRYPTION,
    OBJECT_LOCK,
    OBJECT_RECORD,
    OBJECT_RETENTIONS,
    REPLICATE,
    REPLICATION_RULE,
    Emulator,
    Record,
)
from tools.rehearsal.services.alarms import Witness
from tools.rehearsal.services.answers import REFUSED, Answer

BUCKET = "AWS::S3::Bucket"
SSE, SSE_KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"
KMS = "aws:kms"
REPLICA_KEY = "_replica_key"
"""Where a record carries the key of its replica, from the source to the destination."""

AWS_KEY = "alias/aws/s3"
"""Source: S3 API, PutObject, x-amz-server-side-encryption-aws-kms-key-id: what encrypts without one."""

_Lock = Callable[[str, str, Record, str | None], None]
_Replicate = Callable[[str, str, Record, object, object], None]
_Write = Callable[[str, str, object, Record, object], str | None]
_Encrypt = Callable[[Record, str], tuple[Record | None, object]]
_Complete = Callable[[str, str, bytes, Record, Record | None], Answer]


@dataclass(kw_only=True)
class Buckets:
    """The objects of every bucket as they are written."""

    emulator: Emulator
    witness: Witness
    _noted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _default_lock: _Lock = field(init=False)

    def correct(self) -> None:
        """Put what is done beside each write in its place."""
        self._default_lock = cast("_Lock", self.emulator.function(OBJECT_LOCK))
        self.emulator.replace(OBJECT_LOCK, self._lock)
        self._correct_encryption()
        self._correct_multipart()
        self._correct_replication()
        self._correct_writes()

    def _lock(self, bucket: str, key: str, headers: Record, version: str | None) -> None:
        """Lock a version that was written, and its replica as the source is locked, or as is usual there."""
        self._default_lock(bucket, key, headers, version)
        retentions = self.emulator.store(OBJECT_RETENTIONS)
        retention = self._retention(bucket, key, version)
        replica = cast("tuple[str, str | None, str] | None", self._object(bucket, key).get("_replica"))
        if replica:
            name, replicated, _ = replica
            if retention:
                cast("dict[object, Record]", retentions)[name, key, replicated] = dict(retention)
            else:
                self._default_lock(name, key, {}, replicated)
            if self._retention(name, key, replicated):
                self._note_lock(name)
        if retention:
            self._note_lock(bucket)

    def _correct_encryption(self) -> None:
        """Encrypt by AWS' own key what is to be encrypted by a key and names none, nor does its bucket."""
        originally = cast("_Encrypt", self.emulator.function(OBJECT_ENCRYPTION))

        def encrypt(headers: Record, bucket: str) -> tuple[Record | None, object]:
            if headers.get(SSE) != KMS or headers.get(SSE_KEY):
                return originally(headers, bucket)
            usual, _ = originally({}, bucket)
            own = f"arn:aws:kms:{self.emulator.region}:{self.emulator.account}:{AWS_KEY}"
            return originally({**headers, SSE_KEY: (usual or {}).get(SSE_KEY) or own}, bucket)

        self.emulator.replace(OBJECT_ENCRYPTION, encrypt)

    def _correct_multipart(self) -> None:
        """Lock what was uploaded in parts too."""
        originally = cast("_Complete", self.emulator.function(MULTIPART_COMPLETE))

        def complete(
            bucket: str, key: str, body: bytes, query: Record, headers: Record | None = None
        ) -> Answer:
            answer = originally(bucket, key, body, query, headers)
            version = answer[1].get("x-amz-version-id")
            if answer[0] < REFUSED and version and not self._retention(bucket, key, version):
                self._lock(bucket, key, {}, version)
            return answer

        self.emulator.replace(MULTIPART_COMPLETE, complete)

    def _correct_replication(self) -> None:
        """Replicate what is encrypted by a key only where the rule says so, under the key that it names.

        Source: S3 guide, "Replicating encrypted objects".
        """
        originally = cast("_Replicate", self.emulator.function(REPLICATE))

        def replicate(bucket: str, key: str, record: Record, data: object, tags: object = None) -> None:
            rule = cast("tuple[Record | None, str]", self.emulator.call(REPLICATION_RULE, bucket, key, tags))[
                0
            ]
            if rule and _headers(record).get(SSE) == KMS:
                if not _replicates_encrypted(rule):
                    return
                record[REPLICA_KEY] = _replica_key(rule)
            originally(bucket, key, record, data, tags)
            record.pop(REPLICA_KEY, None)
            replica = cast("tuple[str, str | None, str] | None", record.get("_replica"))
            if replica:
                said = f"objects of it were replicated to {replica[0]}"
                self._note(bucket, said, "ReplicationConfiguration", "VersioningConfiguration")

        self.emulator.replace(REPLICATE, replicate)

    def _correct_writes(self) -> None:
        """Note that a bucket holds something; a replica is encrypted by its own key."""
        originally = cast("_Write", self.emulator.function(OBJECT_RECORD))

        def write(bucket: str, key: str, before: object, record: Record, data: object) -> str | None:
            named = record.get(REPLICA_KEY)
            if record.get("replication_status") == "REPLICA" and named:
                record.pop(REPLICA_KEY)
                _headers(record).update({SSE: KMS, SSE_KEY: named})
            version = originally(bucket, key, before, record, data)
            versioned = ("VersioningConfiguration",) if version else ()
            self._note(bucket, "objects were written into it", "BucketName", *versioned)
            return version

        self.emulator.replace(OBJECT_RECORD, write)

    def _object(self, bucket: str, key: str) -> Record:
        held = cast("dict[str, Record]", self.emulator.store(BUCKETS).get(bucket, {}).get("objects") or {})
        return held.get(key, {})

    def _retention(self, bucket: str, key: str, version: str | None) -> Record | None:
        retentions = cast("dict[object, Record]", self.emulator.store(OBJECT_RETENTIONS))
        return retentions.get((bucket, key, version))

    def _note_lock(self, bucket: str) -> None:
        said = "versions in it are locked"
        self._note(bucket, said, "ObjectLockEnabled", "ObjectLockConfiguration")

    def _note(self, bucket: str, evidence: str, *honoured: str) -> None:
        """Note what a bucket did, once, in the region that it is in."""
        if (bucket, evidence) in self._noted:
            return
        self._noted.add((bucket, evidence))
        region = str(self.emulator.store(BUCKETS).get(bucket, {}).get("region") or self.emulator.region)
        with self.emulator.scope(account=self.emulator.account, region=region):
            self.witness(BUCKET, bucket, evidence, *honoured)


def _headers(record: Record) -> Record:
    return cast("Record", record.setdefault("preserved_headers", {}))


def _replicates_encrypted(rule: Record) -> bool:
    criteria = cast("dict[str, dict[str, str]]", rule.get("SourceSelectionCriteria") or {})
    return criteria.get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"


def _replica_key(rule: Record) -> str:
    destination = cast("dict[str, dict[str, str]]", rule.get("Destination") or {})
    return destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID", "")
