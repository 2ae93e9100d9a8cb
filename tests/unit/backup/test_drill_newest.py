"""The keys of a backup, as a bucket lists them."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from containers.backup.drill.newest import keys_in
from containers.backup.errors import StoreError
from lambdas.common.backup_layout import BackupId

BACKUP = BackupId("2026-11-26T021003Z-4f1c2a")


@mock_aws
def test_all_keys_of_a_backup_are_listed_and_those_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="copy")
    wanted = {f"data/{number:06d}.copy.zst" for number in range(1, 1003)} | {"schema.dump.zst"}
    for key in wanted:
        client.put_object(Bucket="copy", Key=f"backups/app/{BACKUP}/{key}")
    client.put_object(Bucket="copy", Key="backups/app/2026-11-26T021003Z-4f1c2b/manifest.json")
    assert keys_in(client, bucket="copy", database="app")(BACKUP) == wanted
    with pytest.raises(StoreError, match="no-such"):
        keys_in(client, bucket="no-such", database="app")(BACKUP)
