"""The judges: rule packs with every finding accounted for, and cfn-lint without a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cfnlint.api import lint  # pyright: ignore[reportMissingTypeStubs]  cfn-lint ships none

from stacks import findings
from stacks.settings import load_environment
from tests.synth.acknowledged import acknowledged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stacks.settings import Environment
    from tests.synth.template import Template, Tier


def test_every_finding_is_acknowledged(tier: Tier) -> None:
    assert tier.found - set(acknowledged(tier.environment)) == set()


def test_no_acknowledgement_outlives_its_finding(tier: Tier) -> None:
    assert set(acknowledged(tier.environment)) - tier.found == set()


def test_no_finding_is_acknowledged_twice(tier: Tier) -> None:
    pairs = acknowledged(tier.environment)
    assert len(pairs) == len(set(pairs))


def test_the_packs_have_something_to_say(tier: Tier) -> None:
    packs = {rule.split("-", maxsplit=1)[0] for _, rule in tier.found}
    assert packs == {"AwsSolutions", "NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321", "Serverless"}


def test_the_report_of_a_synthesis_holds_no_violation(tier: Tier) -> None:
    report = json.loads((tier.directory / "validation-report.json").read_text("utf-8"))
    assert [it["violations"] for it in report["pluginReports"] if it["violations"]] == []


def test_reasons_are_specific_enough_to_argue_with(tier: Tier) -> None:
    for finding in findings.accepted(tier.environment):
        assert len(finding.reason) > 80
        assert finding.reason.endswith(".")


def test_a_new_finding_stops_the_synthesis(synthesize: Callable[[Environment], Tier]) -> None:
    settings = load_environment("prod")
    unwatched = settings.database.model_copy(update={"monitoring_interval_seconds": 0})
    with pytest.raises(RuntimeError, match="enhanced monitoring"):
        synthesize(settings.model_copy(update={"database": unwatched}))


def test_the_rehearsals_environment_is_accepted_too(
    synthesize: Callable[[Environment], Tier], tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    settings = load_environment("prod")
    here = settings.functions.model_copy(
        update={"python": "3.11", "architecture": "x86_64", "ca_bundle": str(bundle)}
    )
    tier = synthesize(settings.model_copy(update={"functions": here, "account": "000000000000"}))
    assert tier.found == set(acknowledged(tier.environment))


@pytest.mark.parametrize("insights", ["disabled", "enhanced"])
def test_poolers_in_an_unprotected_environment_are_accepted_too(
    synthesize: Callable[[Environment], Tier], insights: str
) -> None:
    settings = load_environment("dev")
    pooling = settings.pooling.model_copy(update={"mode": "pgbouncer", "container_insights": insights})
    tier = synthesize(settings.model_copy(update={"pooling": pooling}))
    assert tier.found == set(acknowledged(tier.environment))


def test_backups_in_an_unprotected_environment_are_accepted_too(backed_up: Tier) -> None:
    assert backed_up.found == set(acknowledged(backed_up.environment))


def test_another_partition_is_accepted_too(synthesize: Callable[[Environment], Tier], tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    settings = load_environment("dev")
    zones = ("us-gov-west-1a", "us-gov-west-1b")
    changes = {
        "region": "us-gov-west-1",
        "functions": settings.functions.model_copy(update={"ca_bundle": str(bundle)}),
        "network": settings.network.model_copy(
            update={"availability_zones": zones, "endpoint_zones": zones[:1]}
        ),
    }
    tier = synthesize(settings.model_copy(update=changes))
    assert tier.found - set(acknowledged(tier.environment)) == set()


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ("database", "multi_az"),
        ("database", "deletion_protection"),
        ("cache", "multi_az"),
        ("network", "flow_logs"),
    ],
)
def test_what_dev_may_save_is_not_accepted_of_a_protected_environment(part: str, key: str) -> None:
    def saving(name: str) -> Environment:
        settings = load_environment(name)
        return settings.model_copy(update={part: getattr(settings, part).model_copy(update={key: False})})

    assert acknowledged(load_environment("prod")) == acknowledged(saving("prod"))
    unprotected = saving("prod").model_copy(update={"termination_protection": False})
    assert len(acknowledged(unprotected)) > len(acknowledged(saving("prod")))


def test_snapshots_are_accepted_only_as_long_as_what_is_in_them(
    synthesize: Callable[[Environment], Tier],
) -> None:
    settings = load_environment("prod")
    cache = settings.cache.model_copy(update={"session_ttl_seconds": 8 * 86_400})
    with pytest.raises(RuntimeError, match="ElastiCacheRedisClusterAutomaticBackup"):
        synthesize(settings.model_copy(update={"cache": cache}))


def test_the_reason_for_short_snapshots_tells_the_times_to_live_of_the_settings() -> None:
    settings = load_environment("prod")
    cache = settings.cache.model_copy(update={"session_ttl_seconds": 172_800, "response_ttl_seconds": 90})
    reasons = " ".join(it.reason for it in findings.accepted(settings.model_copy(update={"cache": cache})))
    assert "lives 2 days at most (sessions 2 days, configuration 1 h, responses 90 s)" in reasons


def test_cfn_lint_has_neither_error_nor_warning(tier: Tier) -> None:
    found = [
        f"{template.path.name}: {match}"
        for template in tier.stacks
        for match in lint(template.path.read_text("utf-8"), regions=[_region_of(template, tier)])
    ]
    assert found == []


def _region_of(template: Template, tier: Tier) -> str:
    elsewhere = template == tier.stack("recovery")
    return tier.environment.recovery_region if elsewhere else tier.environment.region
