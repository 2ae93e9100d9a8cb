"""A store that fails at any step fails the backup by its own error, at once, and nothing goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from containers.backup.errors import ObjectExists, StoreUnreachable

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

SCHEMA = """
CREATE TABLE items (id int, body text);
INSERT INTO items SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 9000) n;
CREATE TABLE small (id int);
INSERT INTO small VALUES (1);
SELECT lo_from_bytea(900002, '\\x00ff');
GRANT SELECT ON LARGE OBJECT 900002 TO datatier_backup;
"""


def children() -> list[str]:
    """What this process has started and has not ended."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text(encoding="utf-8").partition("(")[2].rpartition(")")
        except OSError:
            continue
        if rest.split()[1] == str(os.getpid()):
            found.append(name)
    return [name for name in found if name in ("psql", "pg_dump", "setpriv")]


def test_whatever_the_store_fails_at_its_error_is_told_and_nothing_goes_on(taking: Taking) -> None:
    taking.run(SCHEMA)
    passed: list[str] = []
    taking.store.during = lambda step, key: passed.append(f"{step} {key}")
    taking.take()
    for path in taking.store.files():
        path.unlink()
    # Of the blocks of one object only the first few: the others are no different.
    steps = len([one for one in passed if not one.startswith("block")]) + 8
    for at in range(steps):
        left = [at]

        def fail(step: str, key: str, left: list[int] = left, at: int = at) -> None:
            if left[0] == 0:
                raise StoreUnreachable(f"the bucket is gone at {at}: {step} {key}")
            left[0] -= 1

        taking.store.during = fail
        with pytest.raises(StoreUnreachable, match=rf"gone at {at}: ") as caught:
            taking.take()
        # While the error is still there, and all that it refers to.
        assert caught.value.__traceback__
        assert children() == []
        assert taking.left() == []
        assert taking.store.backups() == []
    taking.store.during = lambda _step, _key: None
    with taking.restored(taking.take()):
        pass


def test_a_manifest_that_is_refused_leaves_no_backup_and_no_session(taking: Taking) -> None:
    def refuse(step: str, key: str) -> None:
        if step == "finish":
            raise ObjectExists(f"{key} is there already")

    taking.store.during = refuse
    with pytest.raises(ObjectExists):
        taking.take()
    assert taking.store.backups() == []
    assert taking.left() == []
