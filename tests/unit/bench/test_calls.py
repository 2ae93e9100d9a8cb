"""Every call at the edges of a rotation is counted by its kind, and nothing stays wrapped."""

from __future__ import annotations

import psycopg
import pytest

from tools.bench.calls import API_CALLS, LOGINS, Calls
from tools.bench.rotation import MemoryVersions

NOWHERE = "host=/nowhere"


def secrets() -> MemoryVersions:
    versions = MemoryVersions()
    versions.add("app", "the text")
    return versions


def test_every_call_of_the_api_counts() -> None:
    calls, versions = Calls(), secrets()
    token = versions.begin("app")
    with calls.watched(versions):
        versions.put_pending("app", token, "the next")
        versions.make_current("app", token, instead_of=versions.describe("app").version("AWSCURRENT"))
        assert versions.read("app", stage="AWSCURRENT") == "the next"
    assert calls.counts == {API_CALLS: 4}


def test_a_login_that_fails_counts_too() -> None:
    calls = Calls()
    with calls.watched(secrets()), pytest.raises(psycopg.OperationalError):
        psycopg.connect(NOWHERE)
    assert calls.counts == {LOGINS: 1}


def test_nothing_counts_after_the_block() -> None:
    calls, versions = Calls(), secrets()
    edges = psycopg.connect, psycopg.Connection.wait
    with calls.watched(versions):
        assert (psycopg.connect, psycopg.Connection.wait) != edges
    versions.describe("app")
    assert (psycopg.connect, psycopg.Connection.wait) == edges
    assert calls.counts == {}
