"""What AWS offers is read in part from large files: the parts are what a full reading gives."""

import json
import re
from functools import cache
from importlib import import_module

import pytest

from stacks.settings import catalog
from stacks.settings.errors import CatalogError

EXTENSIONS = "data/schemas/extensions/aws_rds_dbinstance"
REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1"]


@cache
def whole(name: str) -> dict[str, object]:
    return json.loads(catalog.read_bundled(f"{EXTENSIONS}/{name}"))


def test_the_zones_are_those_that_cfn_lint_itself_uses() -> None:
    zones: object = import_module("cfnlint.helpers").AVAILABILITY_ZONES
    assert {region: list(zones) for region, zones in catalog.zones_by_region().items()} == zones


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("release", ["15.13", "15.17"])
def test_reading_a_part_of_the_instance_classes_gives_what_reading_all_gives(
    region: str, release: str
) -> None:
    here: set[str] = set()
    for rule in whole("dbinstanceclass_enum.json")[region]["allOf"]:  # pyright: ignore[reportIndexIssue] - plain JSON
        if rule["if"]["properties"].get("Engine") == {"const": "postgres"}:
            here |= set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    fitting: set[str] = set()
    for rule in whole("db_instance_class.json")["allOf"]:  # pyright: ignore[reportGeneralTypeIssues] - plain JSON
        asked = rule["if"]["properties"]
        if asked["Engine"]["const"] == "postgres" and re.match(asked["EngineVersion"]["pattern"], release):
            fitting |= set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    assert here
    assert fitting
    assert set(catalog.instance_classes(region=region, release=release)) == here & fitting


def test_the_releases_are_ordered_as_releases_and_hold_no_retired_one() -> None:
    releases = [release for release in catalog.postgres_releases() if release.startswith("15")]
    assert releases.index("15.13") < releases.index("15.17")
    assert not {"15", "15.2", "15.12"} & set(releases)


def test_a_release_without_a_class_list_of_its_own_is_not_refused_every_class() -> None:
    assert "db.r6g.xlarge" in catalog.instance_classes(region="us-east-1", release="15.999")


def test_an_unknown_region_offers_nothing() -> None:
    assert catalog.instance_classes(region="xx-west-1", release="15.17") == ()
    assert catalog.cache_node_types("xx-west-1") == ()


def test_lambda_runs_the_default_python() -> None:
    assert catalog.lambda_pythons()[-1] == "3.14"


def test_data_that_moved_are_reported_with_the_way_out() -> None:
    with pytest.raises(CatalogError) as moved:
        catalog.read_bundled("data/moved.json")
    assert str(moved.value) == (
        "cfn-lint's data/moved.json: the file is not where it was: install the version in requirements.lock"
    )
