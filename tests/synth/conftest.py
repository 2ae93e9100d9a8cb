"""Synthesizes each environment once for a test process, as app.py does but without building packages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App

from stacks import findings, rule_packs
from stacks.constructs.cdk_command import NO_PACKAGES
from stacks.settings import Environment, load_environment
from stacks.tier import declare
from tests.synth.template import Tier

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "prod")


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """Return what the CDK CLI would hand over: cdk.json's context, here with no package to build."""
    return {**json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"], **NO_PACKAGES}


@pytest.fixture(scope="session")
def synthesize(
    tmp_path_factory: pytest.TempPathFactory, context: dict[str, Any]
) -> Callable[[Environment], Tier]:
    """Return a function that synthesizes settings, rule packs included."""

    def synthesize(environment: Environment) -> Tier:
        directory = tmp_path_factory.mktemp(environment.name)
        app = App(context=context, outdir=str(directory), analytics_reporting=False)
        declare(app, environment)
        found = frozenset(
            (resource.construct_path or "", violation.rule_name)
            for pack in rule_packs.PACKS
            for violation in pack(app).validate_scope(app).violations
            for resource in violation.violating_resources
        )
        findings.acknowledge(app, environment)
        rule_packs.switch_on(app)
        app.synth()
        return Tier(environment, directory, found)

    return synthesize


@pytest.fixture(scope="session")
def environment_of(synthesize: Callable[[Environment], Tier]) -> Callable[[str], Tier]:
    """Return a function that synthesizes an environment as its file stands, once."""

    @cache
    def environment_of(name: str) -> Tier:
        return synthesize(load_environment(name))

    return environment_of


@pytest.fixture(params=ENVIRONMENTS)
def tier(request: pytest.FixtureRequest, environment_of: Callable[[str], Tier]) -> Tier:
    """Return each environment in turn."""
    return environment_of(request.param)


@pytest.fixture
def prod(environment_of: Callable[[str], Tier]) -> Tier:
    """Return prod."""
    return environment_of("prod")


@pytest.fixture
def dev(environment_of: Callable[[str], Tier]) -> Tier:
    """Return dev."""
    return environment_of("dev")


@pytest.fixture(scope="session")
def backed_up(synthesize: Callable[[Environment], Tier]) -> Tier:
    """Return dev with every layer of backups switched on, and no pooler."""
    settings = load_environment("dev")
    on = {"replicate_automated": True, "logical": True, "drill": True, "aws_backup": True}
    return synthesize(settings.model_copy(update={"backup": settings.backup.model_copy(update=on)}))


@pytest.fixture
def pooled(synthesize: Callable[[Environment], Tier]) -> Callable[..., Tier]:
    """Return a function that synthesizes dev with poolers, set as it is told."""

    def pooled(**changes: object) -> Tier:
        settings = load_environment("dev")
        pooling = settings.pooling.model_copy(update={"mode": "pgbouncer", **changes})
        return synthesize(settings.model_copy(update={"pooling": pooling}))

    return pooled
