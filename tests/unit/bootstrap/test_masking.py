"""Passwords and rows are covered, and everything else of a line or a message stays as it is."""

from __future__ import annotations

import pytest

from lambdas.bootstrap.migrations.masking import mask_passwords, mask_values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ALTER ROLE a PASSWORD 'b''c';", "ALTER ROLE a PASSWORD '****';"),
        ("create role a password E'b';", "create role a password E'*';"),
        ("ALTER ROLE a PASSWORD 'b", "ALTER ROLE a PASSWORD '*"),
        ("CONNECTION 'host=h password=b dbname=d'", "CONNECTION 'host=h password=* dbname=d'"),
        ("ALTER ROLE a PASSWORD NULL;", "ALTER ROLE a PASSWORD NULL;"),
        ("CREATE TABLE a (password text NOT NULL);", "CREATE TABLE a (password text NOT NULL);"),
        ("SELECT password FROM a;", "SELECT password FROM a;"),
    ],
)
def test_a_password_is_covered_by_as_many_stars(text: str, shown: str) -> None:
    assert mask_passwords(text) == shown
    assert len(shown) == len(text)


def test_a_row_is_left_out_of_a_message_and_the_scripts_own_text_is_not() -> None:
    message = 'invalid input syntax for type integer: "{}"'
    for value, shown in (("card 4111", "…"), ("abc", "abc")):
        said = mask_values(message.format(value), sqlstate="22P02", script="SELECT 'abc'::int")
        assert said == message.format(shown)
    assert mask_values('relation "x" does not exist', sqlstate="42P01", script="") == (
        'relation "x" does not exist'
    )
