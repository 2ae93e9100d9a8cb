"""AWS::S3::Bucket with all its settings: what the emulator's handler leaves out is set as S3's API sets it.

Counts as executed once objects are in it, locked or replicated, as `services.buckets` tells the ledger.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import cast

import botocore.loaders
import botocore.model
import botocore.serialize
from botocore.exceptions import ParamValidationError

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.bucket_settings import SETTINGS, Document, versioning
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import (
    BUCKET_DELETE,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_LIFECYCLE_REMOVE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_OWNERSHIP,
    BUCKET_REPLICATION,
    BUCKET_REPLICATION_REMOVE,
    BUCKET_TAGS,
    BUCKET_VERSIONING,
)
from tools.rehearsal.services.answers import REFUSED, Answer

PUT: Mapping[str, str] = {
    "VersioningConfiguration": BUCKET_VERSIONING,
    "ObjectLockConfiguration": BUCKET_LOCK,
    "BucketEncryption": BUCKET_ENCRYPTION,
    "OwnershipControls": BUCKET_OWNERSHIP,
    "Tags": BUCKET_TAGS,
    "LoggingConfiguration": BUCKET_LOGGING,
    "LifecycleConfiguration": BUCKET_LIFECYCLE,
    "ReplicationConfiguration": BUCKET_REPLICATION,
}

REMOVE: Mapping[str, str] = {
    "LifecycleConfiguration": BUCKET_LIFECYCLE_REMOVE,
    "ReplicationConfiguration": BUCKET_REPLICATION_REMOVE,
}
"""How a setting goes that a template no longer has; the others are put back to what S3 gives a new bucket."""

USUAL: Mapping[str, Value] = {
    "VersioningConfiguration": {"Status": "Suspended"},
    "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "Tags": [],
    "LoggingConfiguration": {},
}
NOT_FOUND = 404


class Bucket(Emulated):
    """A bucket."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create the bucket and set all of it; one that cannot be is not there afterwards."""
        outcome = super().create(request, properties)
        try:
            self._set(request, outcome.physical_id, Properties({}), properties)
        except InvalidProperty:
            super().delete(outcome.physical_id, properties)
            raise
        return outcome

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change what the template has changed; another name is another bucket."""
        outcome = super().update(request, physical_id, old, new)
        before = old if outcome.physical_id == physical_id else Properties({})
        self._set(request, outcome.physical_id, before, new)
        return outcome

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete the bucket, which S3 refuses while anything is in it. Raises InvalidProperty."""
        answer = cast("Answer", self.workshop.emulator.call(BUCKET_DELETE, physical_id))
        if answer[0] >= REFUSED and answer[0] != NOT_FOUND:
            raise InvalidProperty(f"{physical_id}: {said(answer)}")
        super().delete(physical_id, properties)

    def _set(self, request: Request, bucket: str, old: Properties, new: Properties) -> None:
        if str(new.get("ObjectLockEnabled", "")).lower() == "true":
            self._put(request, bucket, "VersioningConfiguration", versioning({"Status": "Enabled"}))
            if not (new.get("ObjectLockConfiguration") or old):
                self._remove(request, bucket, "ObjectLockConfiguration")  # the lock without a default
        for name in SETTINGS:
            if new.get(name) is not None:
                if new.get(name) != old.get(name):
                    self._put(request, bucket, name, SETTINGS[name][1](new.get(name)))
            elif old.get(name) is not None:
                self._remove(request, bucket, name)

    def _put(self, request: Request, bucket: str, name: str, document: Document) -> None:
        operation, _ = SETTINGS[name]
        try:
            body = _body(operation)({"Bucket": bucket, **document})
        except ParamValidationError as error:
            raise InvalidProperty(f"{request.logical_id}: {name}: {error}") from error
        self._call(request, name, PUT[name], bucket, body)

    def _remove(self, request: Request, bucket: str, name: str) -> None:
        if name in REMOVE:
            self._call(request, name, REMOVE[name], bucket)
        else:
            self._put(request, bucket, name, SETTINGS[name][1](USUAL[name]))

    def _call(self, request: Request, name: str, seam: str, *arguments: object) -> None:
        answer = cast("Answer", self.workshop.emulator.call(seam, *arguments))
        if answer[0] >= REFUSED:
            raise InvalidProperty(f"{request.logical_id}: {name}: {said(answer)}")


def said(answer: Answer) -> str:
    """What S3 says of what it refuses."""
    found = re.search(rb"<Message>(.*?)</Message>", answer[2], re.DOTALL)
    return found[1].decode(errors="replace") if found else f"S3 refuses it with {answer[0]}"


@cache
def _body(operation: str) -> Callable[[Document], bytes]:
    """Return what makes the body of a request to S3, as the SDK does."""
    model = botocore.loaders.Loader().load_service_model("s3", "service-2")
    shape = botocore.model.ServiceModel(model, "s3").operation_model(operation)
    serializer = botocore.serialize.create_serializer("rest-xml")

    def body(parameters: Document) -> bytes:
        return bytes(serializer.serialize_to_request(parameters, shape)["body"])

    return body
