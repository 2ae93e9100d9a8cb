"""RDS's copies of its own backups, watched also where nothing else is kept, and nowhere without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.watch_backups.environment import parse_environment
from stacks.settings import load_environment
from tests.synth.acknowledged import acknowledged
from tests.synth.backups import HERE, THERE, alarms, allowed, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Environment
    from tests.synth.template import Tier

LIST = "rds:DescribeDBInstanceAutomatedBackups"


@pytest.fixture(scope="module")
def prod_with(synthesize: Callable[[Environment], Tier]) -> Callable[..., Tier]:
    """Return a function that synthesizes prod with these layers of backups and no other."""

    def prod_with(*layers: str) -> Tier:
        settings = load_environment("prod")
        off = dict.fromkeys(("replicate_automated", "logical", "drill", "aws_backup"), False)
        changes = {**off, **dict.fromkeys(layers, True)}
        return synthesize(settings.model_copy(update={"backup": settings.backup.model_copy(update=changes)}))

    return prod_with


@pytest.fixture(scope="module")
def alone(prod_with: Callable[..., Tier]) -> Tier:
    return prod_with("replicate_automated")


def test_alone_they_are_looked_at_without_any_bucket(alone: Tier) -> None:
    template = alone.stack(HERE)
    (function,) = template.properties("AWS::Lambda::Function")
    told = parse_environment({k: text(v) for k, v in function["Environment"]["Variables"].items()})
    assert told.buckets is None
    assert told.copied_instance == "arn:aws:rds:us-east-1:account:db:datatier-prod-primary"
    assert LIST in allowed(template, "WatchRole")
    assert not [it for it in allowed(template, "WatchRole") if it.startswith(("s3:", "kms:"))]
    assert alone.all("AWS::S3::Bucket") == []


def test_alone_they_have_their_alarm_and_that_of_who_looks(alone: Tier) -> None:
    assert alarms(alone, HERE).keys() == {"automated-copy-age", "watch-backups-errors"}
    assert alarms(alone, THERE) == {}


def test_alone_each_finding_is_accounted_for(alone: Tier) -> None:
    assert alone.found == set(acknowledged(alone.environment))


def test_where_there_are_none_nobody_asks_for_them_and_nothing_alarms(prod_with: Callable[..., Tier]) -> None:
    tier = prod_with("logical", "drill")
    template = tier.stack(HERE)
    (function,) = template.properties("AWS::Lambda::Function")
    assert "COPIED_INSTANCE_ARN" not in function["Environment"]["Variables"]
    assert LIST not in allowed(template, "WatchRole")
    assert "automated-copy-age" not in alarms(tier, HERE)
