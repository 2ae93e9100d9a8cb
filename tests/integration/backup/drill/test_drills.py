"""Backups of a real tier, drilled: a good one passes, whatever is not as it was fails and is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from containers.backup.environment import TakeEnvironment
from containers.backup.manifest import decode, encode
from containers.backup.take.run import take
from lambdas.common.backup_layout import MANIFEST
from lambdas.common.secret_documents import parse_postgres_secret
from tests.integration.backup.drill.task import PlainLog
from tools.backup.folder_store import FolderStore
from tools.backup.restoring import programs_of
from tools.servers import binaries

if TYPE_CHECKING:
    from containers.backup.manifest import Manifest
    from tests.integration.backup.drill.drilling import Drilling, Ended
    from tests.integration.bootstrap.tier import Tier

ROWS = """
CREATE TABLE plain (id int PRIMARY KEY, body text NOT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE INDEX bodies ON plain (body);
INSERT INTO plain SELECT n, repeat('Ä', n % 50) FROM generate_series(1, 5000) n;
"""


@pytest.fixture
def backed_up(tier: Tier, drilling: Drilling, migrations: Path) -> Drilling:
    """Return a folder with one backup of a tier that the bootstrap has made."""
    for folder in migrations.iterdir():
        if folder.is_dir():
            shutil.copytree(folder, tier.migrations / folder.name)
    tier.write({"20261201000000_rows": ROWS})
    tier.bootstrap()
    drilling.database = tier.database.name
    take(
        TakeEnvironment(
            bucket="backups",
            database=tier.database.name,
            primary_host=tier.database.server.host,
            replica_hosts=(),
            postgres_port=tier.database.server.port,
            login_secret_arn="backup",  # noqa: S106  the name of a secret
            streams=2,
            chunk_mib=64,
            metrics_namespace="test",
            ca_bundle=tier.database.server.ca_path,
            programs=programs_of(binaries.postgres()),
        ),
        secret=parse_postgres_secret(tier.document("backup"), name="backup"),
        store=FolderStore(drilling.folder, database=tier.database.name),
        log=PlainLog(),
    )
    return drilling


def manifest_of(drilling: Drilling) -> tuple[Path, Manifest]:
    """The only manifest, and where it is."""
    (path,) = (drilling.folder / "backups").glob(f"*/*/{MANIFEST}")
    return path, decode(path.read_bytes(), name="it")


def failed(ended: Ended) -> str:
    """What a failed drill says, after checking that it failed as one."""
    assert ended.code == 1
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    return "\n".join(ended.report["differences"]) or ended.report["error"]


def test_a_good_backup_drills_green_and_its_next_migrations_are_tried(
    backed_up: Drilling, tier: Tier
) -> None:
    _, manifest = manifest_of(backed_up)
    ended = backed_up.run(sabotage=[], migrations=str(pending(backed_up, tier)))
    assert ended.code == 0, ended.complaint
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["differences"]) == (True, [])
    assert ended.report["rows"] == manifest.rows > 5000
    assert ended.report["restored_bytes"] > 1024**2
    assert ended.report["migrations_error"] is None
    (tried,) = ended.report["migrations"]
    assert tried["name"] == "20270101000000_next"
    assert {"table": "public.plain", "mode": "ACCESS EXCLUSIVE"} in tried["locks"]
    assert backed_up.nothing_is_left()


def pending(drilling: Drilling, tier: Tier) -> Path:
    """The tier's history with one migration more."""
    tier.write({"20270101000000_next": "ALTER TABLE plain ADD COLUMN later text;"})
    return Path(shutil.copytree(tier.migrations, drilling.folder / "migrations"))


@pytest.mark.parametrize(
    ("sabotage", "named"),
    [
        ("UPDATE plain SET body = 'other' WHERE id = 7", "plain"),
        ("DELETE FROM plain WHERE id = 7", "plain"),
        ("DROP INDEX bodies", "bodies"),
        ("ALTER TABLE plain OWNER TO datatier_drill", "plain"),
        ("REVOKE SELECT ON plain FROM datatier_readwrite", "plain"),
        ("ALTER TABLE plain DROP CONSTRAINT plain_pkey", "plain_pkey"),
        ("DROP TABLE tenants CASCADE", "tenants"),
        ("CREATE TABLE surplus ()", "surplus"),
    ],
)
def test_what_is_not_as_it_was_fails_the_drill_and_is_named(
    backed_up: Drilling, sabotage: str, named: str
) -> None:
    ended = backed_up.run(sabotage=["SET search_path = public", sabotage])
    assert named in failed(ended)
    assert ended.complaint.startswith("DrillFailed: ")
    assert backed_up.nothing_is_left()


def test_a_flipped_bit_in_any_object_fails_the_drill(backed_up: Drilling) -> None:
    path, manifest = manifest_of(backed_up)
    largest = max(manifest.objects, key=lambda one: one.stored_bytes if one != manifest.schema else 0)
    for stored in (manifest.schema, largest):
        place = path.parent / stored.key
        good = place.read_bytes()
        spoilt = bytearray(good)
        spoilt[len(spoilt) // 2] ^= 1
        place.write_bytes(spoilt)
        assert failed(backed_up.run(sabotage=[]))
        place.write_bytes(good)
    assert backed_up.run(sabotage=[]).code == 0
    assert backed_up.nothing_is_left()


def test_a_flipped_bit_in_the_manifest_fails_the_drill(backed_up: Drilling) -> None:
    path, manifest = manifest_of(backed_up)
    good = path.read_bytes()
    path.write_bytes(good.replace(f'"rows": {manifest.tables[0].rows}'.encode(), b'"rows": 999999', 1))
    assert "altered" in failed(backed_up.run(sabotage=[]))
    path.write_bytes(good[: len(good) // 2])
    assert "cut off or altered" in failed(backed_up.run(sabotage=[]))


def test_an_object_that_is_missing_fails_the_drill(backed_up: Drilling) -> None:
    path, manifest = manifest_of(backed_up)
    (path.parent / manifest.tables[0].chunks[0].key if manifest.tables[0].chunks else path).unlink()
    assert backed_up.run(sabotage=[]).code != 0
    assert backed_up.nothing_is_left()


def test_a_backup_of_an_older_release_drills_and_one_of_a_newer_major_is_refused(backed_up: Drilling) -> None:
    path, _ = manifest_of(backed_up)
    document = json.loads(path.read_text(encoding="utf-8"))
    for version, code in ((140011, 0), (150002, 0), (170001, 1)):
        document["backup"]["server_version"] = version
        path.write_bytes(resealed(document))
        ended = backed_up.run(sabotage=[])
        assert ended.code == code, ended.complaint
    assert "TargetRefused" in ended.complaint


def resealed(document: dict[str, object]) -> bytes:
    """A manifest whose content was changed by whoever can also seal it."""
    import hashlib  # noqa: PLC0415  for this alone

    text = json.dumps(document["backup"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sealed = document | {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    return encode(decode(json.dumps(sealed).encode(), name="it"))
