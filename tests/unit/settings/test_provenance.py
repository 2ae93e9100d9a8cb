"""Every effective value is shown with the line that gives it, or as a default."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stacks.settings import Environment
from stacks.settings.document import read_document
from stacks.settings.load import ENVIRONMENTS
from stacks.settings.provenance import Setting, explain_environment
from stacks.settings.wording import slice_of


def fields_of(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for key, field in model.model_fields.items():
        yield f"{above}{key}", field
        inner = slice_of(field)
        if inner is not None:
            yield from fields_of(inner, f"{above}{key}.")


FIELDS = dict(fields_of(Environment))
PLAIN = {key: field for key, field in FIELDS.items() if slice_of(field) is None}


def by_key(directory: Path, overlay: Path | None = None) -> dict[str, Setting]:
    return {
        setting.key: setting for setting in explain_environment("some", directory=directory, overlay=overlay)
    }


@pytest.mark.parametrize("key", FIELDS)
def test_every_field_says_what_it_means(key: str) -> None:
    description = FIELDS[key].description
    assert description
    assert description.endswith(".")


@pytest.mark.parametrize("key", PLAIN)
def test_every_setting_names_the_source_of_its_rule_or_number(key: str) -> None:
    assert ". Source: " in (PLAIN[key].description or "")


def test_the_examples_of_the_required_settings_make_an_environment() -> None:
    data: dict[str, dict[str, object]] = {}
    for key, field in PLAIN.items():
        if field.is_required() and key != "name":
            assert field.examples, f"{key} has no example to show when it is missing"
            table, _, inner = key.rpartition(".")
            data.setdefault(table, {})[inner] = field.examples[0]
    top = data.pop("")
    assert Environment.model_validate({"name": "some", **top, **data}).name == "some"


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_every_setting_is_explained_once_and_every_stated_key_with_its_own_line(name: str) -> None:
    settings = explain_environment(name)
    keys = [setting.key for setting in settings]
    assert len(set(keys)) == len(keys)
    assert {key for key in PLAIN if not any(k == key or k.startswith(f"{key}.") for k in keys)} == set()
    lines = (ENVIRONMENTS / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    stated = [setting for setting in settings if setting.source.startswith(f"environments/{name}.toml:")]
    assert len(stated) == sum(" = " in line and not line.startswith("#") for line in lines)
    for setting in stated:
        line = lines[int(setting.source.rpartition(":")[2]) - 1]
        assert line.startswith(f"{setting.key.rpartition('.')[2]} = ")


def test_a_value_is_shown_with_the_file_that_had_the_last_word(directory: Path) -> None:
    overlay = directory.parent / "over.toml"
    overlay.write_text("# a comment\n\n[database]\nread_replicas = 2\n", encoding="utf-8")
    shown = by_key(directory, overlay)
    assert (shown["database.read_replicas"].value, shown["database.read_replicas"].source) == (
        2,
        f"{overlay}:4",
    )
    assert shown["database.multi_az"].source == f"{directory}/some.toml:14"
    assert shown["database.engine_version"].source == "default"
    assert shown["name"].source == f"{directory}/some.toml"


def test_each_entry_of_a_table_is_a_setting_of_its_own(directory: Path) -> None:
    overlay = directory.parent / "over.toml"
    overlay.write_text(
        "[database.parameters]\n"
        'work_mem = "65536"\n'
        '"auto_explain.log_analyze" = "1"\n'
        "[database.replica_parameters]\n",
        encoding="utf-8",
    )
    shown = by_key(directory, overlay)
    assert shown["database.parameters.work_mem"].source == f"{overlay}:2"
    assert shown["database.parameters.auto_explain.log_analyze"].source == f"{overlay}:3"
    assert (shown["database.replica_parameters"].value, shown["database.replica_parameters"].source) == (
        {},
        f"{overlay}:4",
    )


def test_a_setting_of_a_table_in_a_table_stands_under_that_table(directory: Path) -> None:
    overlay = directory.parent / "over.toml"
    overlay.write_text('[bootstrap.migrations]\nedited = "allow"\n', encoding="utf-8")
    edited = by_key(directory, overlay)["bootstrap.migrations.edited"]
    assert (edited.group, edited.value, edited.source) == ("bootstrap.migrations", "allow", f"{overlay}:2")
    assert edited.accepts == "'refuse' or 'allow'"
    assert by_key(directory)["bootstrap.migrations.dump_wait_seconds"].source == "default"


def test_a_window_is_shown_as_aws_writes_it(directory: Path) -> None:
    assert by_key(directory)["database.backup_window"].value == "02:00-04:00"


def test_the_line_of_a_key_is_found_whatever_way_toml_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        "top.dotted = 1\n"
        '"quoted key" = [\n'
        '  "a", # looks = like a key\n'
        '  "b",\n'
        "]\n"
        'text = """\n'
        "inside = 1\n"
        "[not.a.table]\n"
        '"""\n'
        "\n"
        "[table] # a comment\n"
        "inline = { one = 1, two = { three = 3 } }\n"
        "after = true\n"
        "[table.below]\n"
        "'single' = 1\n",
        encoding="utf-8",
    )
    lines = read_document(path, shown="odd.toml").lines
    assert {".".join(key): line for key, line in lines.items()} == {
        "top.dotted": 1,
        "quoted key": 2,
        "text": 6,
        "table": 11,
        "table.inline.one": 12,
        "table.inline.two.three": 12,
        "table.after": 13,
        "table.below": 14,
        "table.below.single": 15,
    }
