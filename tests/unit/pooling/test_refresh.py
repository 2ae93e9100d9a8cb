"""A pass from secrets to files: all or nothing at the start, and what was good is kept afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.errors import CertificateInvalid
from containers.pgbouncer.files import CERTIFICATE, KEY, LOGINS, RuntimeDirectory
from containers.pgbouncer.refresh import Refresh
from lambdas.common.errors import SecretInvalid, SecretUnreadable
from lambdas.common.secrets_manager import PENDING
from tests.integration.bootstrap.tier import RecordedLog
from tests.unit.pooling.cases import Issuer, Stages, document, environment

if TYPE_CHECKING:
    from pathlib import Path


class Ground:
    """One task's refresh over secrets in memory."""

    def __init__(self, folder: Path) -> None:
        self.stages, self.log, self.issuer = Stages(), RecordedLog(), Issuer()
        self.directory = RuntimeDirectory(folder / "run")
        self.stages.put("arn:app", document("app", "a-word"))
        self.stages.put("arn:monitor", document("monitor", "m-word"))
        self.renew()
        self.refresh = Refresh(
            environment(),
            directory=self.directory,
            stages=self.stages,
            accepts=lambda _: True,
            log=self.log,
        )

    def renew(self) -> dict[str, str]:
        material = self.issuer.material()
        self.stages.put("arn:certificate", json.dumps(material))
        return material

    def read(self, name: str) -> str:
        return (self.directory.path / name).read_text()


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_the_first_pass_writes_everything_and_the_next_nothing(ground: Ground) -> None:
    assert ground.refresh.run().changed
    assert ground.read(LOGINS) == '"app" "a-word"\n"monitor" "m-word"\n'
    assert {path.name for path in ground.directory.path.iterdir()} == {
        "userlist.txt",
        "server.crt",
        "server.key",
    }
    assert not ground.refresh.run().changed


def test_a_new_password_is_a_change(ground: Ground) -> None:
    ground.refresh.run()
    ground.stages.put("arn:app", document("app_clone", "next"), stage=PENDING)
    assert ground.refresh.run().changed
    assert '"app_clone" "next"\n' in ground.read(LOGINS)


def test_a_renewed_certificate_is_a_change(ground: Ground) -> None:
    ground.refresh.run()
    material = ground.renew()
    assert ground.refresh.run().changed
    assert (ground.read(CERTIFICATE), ground.read(KEY)) == (material["certificate"], material["private_key"])


@pytest.mark.parametrize("arn", ["arn:app", "arn:monitor", "arn:certificate"])
def test_nothing_is_written_at_the_start_without_every_secret(ground: Ground, arn: str) -> None:
    ground.stages.broken.add(arn)
    with pytest.raises(SecretUnreadable, match=arn):
        ground.refresh.run()
    assert not list(ground.directory.path.iterdir())


@pytest.mark.parametrize("arn", ["arn:app", "arn:certificate"])
@pytest.mark.parametrize("text", ["no json", "{}"])
def test_nothing_is_written_at_the_start_with_a_malformed_secret(ground: Ground, arn: str, text: str) -> None:
    ground.stages.put(arn, text)
    with pytest.raises(SecretInvalid):
        ground.refresh.run()
    assert not list(ground.directory.path.iterdir())


def test_a_current_version_of_another_server_is_refused_at_the_start(ground: Ground) -> None:
    ground.stages.put("arn:app", document("app", "a-word", host="other.example"))
    with pytest.raises(SecretInvalid, match=r"this pooler leads to primary\.example"):
        ground.refresh.run()


def test_a_certificate_that_nobody_would_accept_is_refused_at_the_start(ground: Ground) -> None:
    ground.stages.put("arn:certificate", json.dumps(ground.issuer.material(days=(-9, -1))))
    with pytest.raises(CertificateInvalid):
        ground.refresh.run()


@pytest.mark.parametrize("arn", ["arn:app", "arn:certificate"])
def test_an_outage_keeps_what_was_good_and_is_told(ground: Ground, arn: str) -> None:
    ground.refresh.run()
    before = {path.name: path.read_bytes() for path in ground.directory.path.iterdir()}
    ground.stages.broken.add(arn)
    done = ground.refresh.run()
    assert not done.changed
    assert done.kept == (arn.removeprefix("arn:"),)
    assert {path.name: path.read_bytes() for path in ground.directory.path.iterdir()} == before
    assert any("cannot be read anew; what it held is kept" in line for line in ground.log.lines)


def test_an_outage_of_one_secret_does_not_hold_the_others_back(ground: Ground) -> None:
    ground.refresh.run()
    ground.stages.broken.add("arn:monitor")
    ground.stages.put("arn:app", document("app", "changed"))
    done = ground.refresh.run()
    assert done.changed
    assert done.kept == ("monitor",)
    assert ground.read(LOGINS) == '"app" "changed"\n"monitor" "m-word"\n'


@pytest.mark.parametrize("text", ["no json", "{}", document("other", "x"), document("app", "x", dbname="y")])
def test_a_secret_that_is_spoilt_later_keeps_what_was_good(ground: Ground, text: str) -> None:
    ground.refresh.run()
    ground.stages.put("arn:app", text)
    assert ground.refresh.run().kept == ("app",)
    assert '"app" "a-word"\n' in ground.read(LOGINS)


def test_a_certificate_that_is_spoilt_later_keeps_what_was_good(ground: Ground) -> None:
    ground.refresh.run()
    good = ground.read(CERTIFICATE)
    ground.stages.put("arn:certificate", json.dumps(ground.issuer.material(days=(-9, -1))))
    assert ground.refresh.run().kept == ("certificate",)
    assert ground.read(CERTIFICATE) == good


def test_a_refused_version_is_told_once_and_not_each_time(ground: Ground) -> None:
    ground.stages.put("arn:app", document("app_clone", "x", host="other.example"), stage=PENDING)
    for _ in range(3):
        ground.refresh.run()
    assert sum("a version of a secret is not used" in line for line in ground.log.lines) == 1
    assert "app_clone" not in ground.read(LOGINS)


def test_a_login_is_known_by_its_name_whoever_is_current(ground: Ground) -> None:
    ground.stages.put("arn:monitor", document("monitor_clone", "turn"))
    ground.refresh.run()
    found = ground.refresh.secret("monitor")
    assert (found.username, found.password, found.host) == ("monitor_clone", "turn", "primary.example")


def test_no_password_and_no_key_is_logged(ground: Ground) -> None:
    ground.refresh.run()
    said = "\n".join(ground.log.lines)
    assert said
    assert not any(secret in said for secret in ("a-word", "m-word", "PRIVATE"))
