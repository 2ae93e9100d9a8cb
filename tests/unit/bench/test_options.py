"""What is measured can be chosen, and a wrong choice is answered with what is accepted."""

from __future__ import annotations

import pytest

from tools.bench.options import Options, parse

GROUPS = ("migrations", "synth")


def chosen(*words: str) -> Options:
    return parse(words, groups=GROUPS, description=None)


def test_everything_is_measured_unless_something_is_chosen() -> None:
    assert chosen() == Options(groups=GROUPS)


def test_one_group_can_be_measured_alone_and_smaller() -> None:
    found = chosen("--only", "synth", "--runs", "2", "--sizes", "5,10", "--rows", "1000", "--no-prisma")
    assert found == Options(groups=("synth",), runs=2, sizes=(5, 10), rows=1000, prisma=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "nothing"), "'migrations', 'synth'"),
        (("--runs", "0"), "'0' is no whole number above 0"),
        (("--sizes", "20,"), "'' is no whole number above 0"),
        (("--rows", "5 million"), "'5 million' is no whole number above 0"),
    ],
)
def test_a_wrong_choice_is_answered_with_what_is_accepted(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        chosen(*words)
    assert said in capsys.readouterr().err
