"""Folders are ordered as Prisma orders them; JavaScript itself is asked."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lambdas.bootstrap.migrations.order import locale_key

HARD = [
    "20240126184148_new_models",
    "20240126184148_new_models copy",
    "20240126184148_new-models",
    "20240126184148_New_models",
    "20240126184148_newmodels",
    "20240126184148_new_models_2",
    "20240126184148_new_models2",
    "20240126184148_new_models_10",
    "20240126184148_new.models",
    "20240126184148_new_models (1)",
    "20240126184148",
    "2024012618414",
    "202401261841480_x",
    "init", "Init", "INIT", "iNIT", "init_", "init-", "init ", "_init", "-init", " init", "0_init",
    "000_init", "0-init", "00", "0", "a", "A", "b", "B", "aB", "Ab", "AB", "ab", "é", "e", "É", "E",
    "éa", "ea", "eb", "résumé", "resume", "Résumé", "resumé", "naïve", "naive", "zoë", "zoe", "straße",
    "strasse", "strase", "strast", "æon", "aeon", "af", "œuvre", "oeuvre", "of", "øl", "ol", "om", "łan",
    "lan", "lao", "đa", "da", "db", "ñ", "n", "o", "ç", "c", "d", "ü", "u", "v", "a b", "a1b", "a0b",
    "a  b",
    *(f"a{mark}b" for mark in "_-,;:!?.'\"()[]{}@*\\&#%`^+<=>|~$"),
]  # fmt: skip
PROGRAM = """
const names = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(names.map((list) => list.sort((a, b) => a.localeCompare(b)))));
"""


@pytest.fixture(scope="module")
def node() -> str:
    # The set-up puts it beside this Python where the system has none.
    found = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, "there is no Node: run `make setup`"
    return found


def javascript_order(node: str, lists: list[list[str]]) -> list[list[str]]:
    done = subprocess.run(  # noqa: S603  node and the program above
        [node, "-e", PROGRAM], input=json.dumps(lists), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_names_are_ordered_as_javascript_compares_them(node: str) -> None:
    assert sorted(HARD, key=locale_key) == javascript_order(node, [HARD])[0]


def test_random_names_of_ascii_and_accented_letters_too(node: str) -> None:
    dice = random.Random(20260101)  # noqa: S311  a repeatable choice, nothing to keep secret
    letters = "aAbBzZ019_- .,()éÉüñçß"
    lists = [
        list(dict.fromkeys("".join(dice.choices(letters, k=dice.randint(1, 8))) for _ in range(40)))
        for _ in range(50)
    ]
    assert [sorted(names, key=locale_key) for names in lists] == javascript_order(node, lists)


def test_the_order_does_not_depend_on_how_names_arrive() -> None:
    for names in itertools.islice(itertools.permutations(["b", "B", "a_1", "a 1", "é"]), 120):
        assert sorted(names, key=locale_key) == ["a 1", "a_1", "b", "B", "é"]
