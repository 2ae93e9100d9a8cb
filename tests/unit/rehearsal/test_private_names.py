"""Private names are resolved by Python inside Lambdas and tasks; all others are the system's."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    names = tmp_path / "names.json"
    names.write_text(
        json.dumps(
            {"namespaces": ["tier.internal"], "names": {"pool.tier.internal": ["127.1.1.1", "127.1.1.2"]}}
        )
    )
    monkeypatch.setenv("DATATIER_NAMES", str(names))
    system = socket.getaddrinfo
    from tools.rehearsal.site import datatier_names  # noqa: PLC0415  # loading it changes the resolver

    monkeypatch.setattr(socket, "getaddrinfo", datatier_names.getaddrinfo)
    yield
    monkeypatch.undo()
    socket.getaddrinfo = system


def addresses(name: str) -> list[object]:
    return [one[4] for one in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)]


@pytest.mark.usefixtures("resolver")
def test_a_name_stands_for_every_address_with_the_port_that_is_asked_for() -> None:
    assert addresses("pool.tier.internal") == [("127.1.1.1", 80), ("127.1.1.2", 80)]
    assert addresses("POOL.tier.internal.") == addresses("pool.tier.internal")


@pytest.mark.usefixtures("resolver")
def test_a_name_that_is_not_there_is_not_asked_of_the_system() -> None:
    with pytest.raises(socket.gaierror, match="Name or service not known"):
        addresses("other.tier.internal")


@pytest.mark.usefixtures("resolver")
def test_every_other_name_is_the_systems() -> None:
    assert ("127.0.0.1", 80) in addresses("localhost")
    assert addresses("127.3.3.3") == [("127.3.3.3", 80)]


@pytest.mark.usefixtures("resolver")
def test_a_changed_file_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text(
        json.dumps({"namespaces": ["tier.internal"], "names": {"pool.tier.internal": ["127.1.1.3"]}})
    )
    assert addresses("pool.tier.internal") == [("127.1.1.3", 80)]
