"""The one list of differences from AWS is a settings file that says what this machine is."""

import tomllib
from pathlib import Path

import pytest

from tools.rehearsal.errors import MachineUnknown
from tools.rehearsal.overlay import overlay


@pytest.mark.parametrize(
    ("machine", "expected"), [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64")]
)
def test_lambdas_are_built_for_the_processor_they_run_on(machine: str, expected: str) -> None:
    document = tomllib.loads(overlay(machine=machine, python=(3, 12), ca=Path("/ca.pem")))
    assert document["functions"]["architecture"] == expected
    assert document["functions"]["python"] == "3.12"


def test_a_folder_with_quotes_in_its_name_is_still_toml() -> None:
    odd = Path('/home/a "b"\\c/ca.pem')
    document = tomllib.loads(overlay(machine="x86_64", python=(3, 11), ca=odd))
    assert document["functions"]["ca_bundle"] == str(odd)


def test_a_machine_that_lambda_has_no_name_for_is_refused() -> None:
    with pytest.raises(MachineUnknown, match="riscv64"):
        overlay(machine="riscv64", python=(3, 11), ca=Path("/ca.pem"))


def test_the_machines_own_pgbouncer_is_old_enough_to_be_let_through() -> None:
    document = tomllib.loads(overlay(machine="x86_64", python=(3, 11), ca=Path("/ca.pem")))
    assert document["pooling"] == {"minimum_version": "1.18.0"}
