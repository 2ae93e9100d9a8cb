"""Values that are each fine and cannot stand together, or that AWS does not offer."""

from collections.abc import Callable

import pytest

from stacks.settings import Environment
from tests.unit.settings.cases import read_cases

Refusals = Callable[[str], list[str]]
Load = Callable[[str], Environment]

VPC = 'network.vpc_id = "vpc-0123456789abcdef0"\n'
SUBNETS = 'network.isolated_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]\n'
THEIRS = 'network.endpoint_security_group_id = "sg-0123456789abcdef0"\n'


@pytest.mark.parametrize(("text", "line"), read_cases("rules.cases"))
def test_a_contradiction_is_answered_with_one_line(refusals: Refusals, text: str, line: str) -> None:
    assert refusals(text) == [line]


def test_a_release_that_rds_retired_is_answered_with_those_it_offers(refusals: Refusals) -> None:
    (line,) = refusals('database.engine_version = "15.2"')
    assert line.startswith(
        'over.toml: database.engine_version = "15.2": RDS does not offer it; it offers 15.13, '
    )


def test_an_instance_class_that_another_region_lacks_is_refused_there(refusals: Refusals) -> None:
    elsewhere = """
        region = "ap-southeast-7"
        network.availability_zones = ["ap-southeast-7a", "ap-southeast-7b"]
        network.endpoint_zones = ["ap-southeast-7a"]
        database.instance_class = "db.r6g.xlarge"
        cache.node_type = "cache.t3.micro"
        """
    (line,) = refusals(elsewhere.replace("db.r6g.xlarge", "db.m5.large"))
    assert "database.instance_class" in line
    assert "RDS does not offer it for PostgreSQL 15.17 in ap-southeast-7" in line


@pytest.mark.parametrize(
    "endpoints", ["network.create_endpoints = true\n", f"network.create_endpoints = false\n{THEIRS}"]
)
def test_an_existing_vpc_that_says_where_secrets_manager_is_reached_is_accepted(
    load_with: Load, endpoints: str
) -> None:
    network = load_with(VPC + SUBNETS + endpoints).network
    assert network.vpc_id == "vpc-0123456789abcdef0"
    assert len(network.isolated_subnet_ids) == 2


def test_a_storage_ceiling_of_exactly_ten_percent_more_is_accepted(load_with: Load) -> None:
    assert load_with("database.max_allocated_storage_gib = 110").database.max_allocated_storage_gib == 110
