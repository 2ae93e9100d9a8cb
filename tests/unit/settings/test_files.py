"""Which file is read, what is said when it cannot be, and that reading changes nothing."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from stacks.settings import Environment, SettingsError, load_environment
from stacks.settings.load import ENVIRONMENTS
from stacks.settings.windows import DailyWindow

Load = Callable[[str], Environment]
Refusals = Callable[[str], list[str]]


def message(name: str, directory: Path, overlay: Path | None = None) -> str:
    with pytest.raises(SettingsError) as refused:
        load_environment(name, directory=directory, overlay=overlay)
    return str(refused.value).replace(f"{directory}/", "").replace(str(directory), "environments")


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_environments_that_can_be_deployed_load(name: str) -> None:
    environment = load_environment(name)
    assert environment.name == name
    assert environment.database.engine_version.startswith("15.")
    assert environment.cache.engine_version.startswith("7.")


def test_the_document_s_numbers_are_the_defaults() -> None:
    dev = load_environment("dev")
    assert dev.database.backup_window == DailyWindow.parse("02:00-04:00")
    assert (dev.database.backup_retention_days, dev.database.allocated_storage_gib) == (30, 100)
    assert (dev.database.instance_class, dev.cache.node_type) == ("db.t3.medium", "cache.t3.micro")
    assert dev.database.slow_query_milliseconds == 1000
    ttl = dev.cache
    assert (ttl.session_ttl_seconds, ttl.config_ttl_seconds, ttl.response_ttl_seconds) == (86400, 3600, 900)


def test_scale_is_refused_with_one_line_that_names_what_is_not_built() -> None:
    (line,) = message("scale", ENVIRONMENTS).splitlines()
    assert line.startswith(
        'environments/scale.toml: database.engine = "aurora-postgresql": not built yet: Aurora PostgreSQL'
    )


def test_an_unknown_environment_is_answered_with_those_there_are_and_the_nearest(directory: Path) -> None:
    (directory / "dev.toml").touch()
    assert message("soem", directory) == (
        "environments: there is no environment 'soem'. There are: dev, some. Did you mean 'some'?"
    )


@pytest.mark.parametrize("name", ["", "../environments/some", "some.toml", "/etc/passwd"])
def test_a_name_never_leads_out_of_the_folder(directory: Path, name: str) -> None:
    assert message(name, directory).startswith(
        f"environments: there is no environment '{name}'. There are: some."
    )


def test_a_folder_without_environments_says_what_to_write(tmp_path: Path) -> None:
    assert message("prod", tmp_path) == "environments: there is no environment; write prod.toml there"


@pytest.mark.parametrize("name", ["Prod", "prod_eu", "prod--eu", "-prod", "a-very-long-environment-name"])
def test_a_file_whose_name_cannot_be_part_of_an_identifier_is_refused(directory: Path, name: str) -> None:
    (directory / "some.toml").rename(directory / f"{name}.toml")
    assert message(name, directory) == (
        f'{name}.toml: name = "{name}": must be 1 to 16 lower-case letters, digits and single hyphens, '
        "starting with a letter"
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[network]\ncidr 10.10.0.0/16\n", "some.toml:2:6: line 2, column 6 is not TOML: "),
        ("a = 1\na = 2\n", "some.toml:2:6: line 2, column 6 is not TOML: Cannot overwrite a value"),
        ("[network]\nzones = [\n", "some.toml:3:1: line 3, column 1 is not TOML: "),
        ('a = "b', "some.toml:1:7: line 1, column 7 is not TOML: "),
    ],
)
def test_a_syntax_error_is_answered_with_file_line_and_column(directory: Path, text: str, where: str) -> None:
    (directory / "some.toml").write_text(text, encoding="utf-8")
    answer = message("some", directory)
    assert answer.startswith(where)
    assert "\n" not in answer


def test_a_file_that_is_no_text_is_refused_by_name(directory: Path) -> None:
    (directory / "some.toml").write_bytes(b"tags = '\xff\xfe'")
    assert message("some", directory) == "some.toml: not UTF-8 text: invalid start byte at byte 8"


def test_a_byte_order_mark_does_no_harm(directory: Path) -> None:
    path = directory / "some.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_environment("some", directory=directory).name == "some"


def test_an_overlay_that_is_not_there_is_refused_by_name(directory: Path) -> None:
    missing = directory / "nowhere.toml"
    assert message("some", directory, missing) == "nowhere.toml: there is no such file"


def test_an_overlay_changes_the_keys_it_names_and_no_other(load_with: Load, directory: Path) -> None:
    below = load_environment("some", directory=directory)
    over = load_with(
        'account = "000000000000"\n[functions]\narchitecture = "x86_64"\n[tags]\nfor = "rehearsal"'
    )
    assert (over.account, over.functions.architecture, over.tags) == (
        "000000000000",
        "x86_64",
        {"for": "rehearsal"},
    )
    assert (over.database, over.network, over.functions.python) == (
        below.database,
        below.network,
        below.functions.python,
    )


def test_a_name_that_extends_another_s_is_refused_because_rights_would_reach_both(directory: Path) -> None:
    (directory / "some-eu.toml").write_bytes((directory / "some.toml").read_bytes())
    assert message("some-eu", directory) == (
        "some-eu.toml: name = \"some-eu\": must not extend the name of environment 'some' with a "
        "hyphen: rights on datatier-some-* would reach it; call it 'someeu' or the like"
    )
    assert load_environment("some", directory=directory).name == "some"


def test_an_empty_file_is_answered_with_every_key_it_must_state_and_an_example(directory: Path) -> None:
    (directory / "some.toml").write_text("", encoding="utf-8")
    assert message("some", directory).splitlines() == [
        "some.toml: termination_protection: is required; for example true",
        'some.toml: network.cidr: is required; for example "10.10.0.0/16"',
        'some.toml: network.availability_zones: is required; for example ["us-east-1a", "us-east-1b"]',
        'some.toml: network.endpoint_zones: is required; for example ["us-east-1a"]',
        "some.toml: network.flow_logs: is required; for example true",
        'some.toml: encryption.keys: is required; for example "separate"',
        "some.toml: database.max_allocated_storage_gib: is required; for example 1000",
        "some.toml: database.multi_az: is required; for example true",
        "some.toml: database.read_replicas: is required; for example 1",
        "some.toml: database.deletion_protection: is required; for example true",
        "some.toml: cache.multi_az: is required; for example true",
    ]


def test_a_certificate_bundle_that_is_not_there_is_refused(refusals: Refusals) -> None:
    (line,) = refusals('functions.ca_bundle = "nowhere/ca.pem"')
    assert line == (
        'over.toml: functions.ca_bundle = "nowhere/ca.pem": there is no such file in the repository; '
        "leave the key out for the RDS authorities"
    )


def test_loading_leaves_every_file_as_it_was(directory: Path, load_with: Load) -> None:
    folders = (ENVIRONMENTS, directory)
    files = [path for folder in folders for path in sorted(folder.iterdir())]
    before = [(path, hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) for path in files]
    load_environment("dev")
    load_environment("prod")
    load_with('account = "000000000000"')
    assert [path for folder in folders for path in sorted(folder.iterdir())] == files
    assert before == [
        (path, hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) for path in files
    ]


def test_an_environment_cannot_be_changed_once_loaded() -> None:
    environment = load_environment("dev")
    with pytest.raises(ValidationError, match="frozen"):
        environment.database.multi_az = True  # pyright: ignore[reportAttributeAccessIssue] - refused is what is tested
