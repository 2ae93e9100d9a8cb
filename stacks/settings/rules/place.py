"""Rules on where the tier lives: regions, zones, address room, an existing VPC. Never looks at a server."""

import ipaddress
from collections.abc import Iterator
from difflib import get_close_matches

from stacks.settings import catalog
from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding

SMALLEST_SUBNET = 26
"""59 free addresses: failover, replicas, Lambdas and endpoints each want some, and a subnet cannot grow."""

_PARTITIONS = ("cn-", "us-gov-", "us-isof-", "us-isob-", "us-iso-", "eu-isoe-", "eusc-")


def _partition(region: str) -> str:
    return next((prefix for prefix in _PARTITIONS if region.startswith(prefix)), "")


def _unknown_region(region: str) -> str | None:
    known = tuple(catalog.zones_by_region())
    if region in known:
        return None
    nearest = get_close_matches(region, known, n=1)
    return "is not an AWS region" + (f"; did you mean '{nearest[0]}'?" if nearest else "")


def regions_exist(environment: Environment) -> Iterator[Finding]:
    """Both regions are ones that AWS has."""
    for key in ("region", "recovery_region"):
        message = _unknown_region(getattr(environment, key))
        if message:
            yield Finding(key, message)


def recovery_is_elsewhere(environment: Environment) -> Iterator[Finding]:
    """A region is not its own recovery region, and backups cannot leave a partition."""
    region, recovery = environment.region, environment.recovery_region
    if recovery == region:
        yield Finding("recovery_region", "must differ from region, which it has to outlive", ("region",))
    elif _unknown_region(region) is None and _partition(recovery) != _partition(region):
        yield Finding(
            "recovery_region", f"must be in the same AWS partition as region '{region}'", ("region",)
        )


def zones_belong_to_region(environment: Environment) -> Iterator[Finding]:
    """Every zone is one of the region's."""
    offered = catalog.zones_by_region().get(environment.region)
    strangers = [zone for zone in environment.network.availability_zones if zone not in (offered or ())]
    if offered and strangers:
        yield Finding(
            "network.availability_zones",
            f"{_listed(strangers)} not in region '{environment.region}', which has {', '.join(offered)}",
            ("region",),
        )


def endpoints_are_where_subnets_are(environment: Environment) -> Iterator[Finding]:
    """An interface endpoint's address lies in one of the tier's subnets."""
    zones = environment.network.availability_zones
    strangers = [zone for zone in environment.network.endpoint_zones if zone not in zones]
    if strangers:
        yield Finding(
            "network.endpoint_zones",
            f"{_listed(strangers)} not in network.availability_zones, which are {', '.join(zones)}",
            ("network.availability_zones",),
        )


def subnets_have_room(environment: Environment) -> Iterator[Finding]:
    """The range divided by the zones leaves subnets that failover does not exhaust."""
    network = environment.network
    if network.vpc_id is not None:
        return
    zones = len(network.availability_zones)
    prefix = ipaddress.IPv4Network(network.cidr).prefixlen
    subnet = prefix + (zones - 1).bit_length()
    if subnet > SMALLEST_SUBNET:
        wanted = prefix - (subnet - SMALLEST_SUBNET)
        yield Finding(
            "network.cidr",
            f"must be a /{wanted} or larger for {zones} zones: a /{prefix} leaves each a /{subnet} where the "
            f"tier wants a /{SMALLEST_SUBNET}",
            ("network.availability_zones",),
        )


def existing_vpc_is_described(environment: Environment) -> Iterator[Finding]:
    """An existing VPC comes with one subnet a zone; a new one with none."""
    network = environment.network
    zones, subnets = len(network.availability_zones), network.isolated_subnet_ids
    key = "network.isolated_subnet_ids"
    if network.vpc_id is None and subnets:
        yield Finding(key, "only an existing VPC has them: name it in network.vpc_id", ("network.vpc_id",))
    elif network.vpc_id is not None and len(subnets) != zones:
        yield Finding(
            key,
            f"must name one subnet for each of the {zones} network.availability_zones, in the same order",
            ("network.vpc_id", "network.availability_zones"),
        )
    if len(set(subnets)) != len(subnets):
        yield Finding(key, "must name each subnet once: a subnet lies in one zone")


def secrets_manager_is_reached_one_way(environment: Environment) -> Iterator[Finding]:
    """The tier makes an endpoint of Secrets Manager or is let into the one that is there, never both."""
    network = environment.network
    key = "network.create_endpoints"
    if network.vpc_id is None and network.create_endpoints is not None:
        yield Finding(
            key,
            "only an existing VPC has a choice: leave it out, or name network.vpc_id",
            ("network.vpc_id",),
        )
    elif network.vpc_id is not None and network.create_endpoints is None:
        yield Finding(
            key,
            "must be said for an existing VPC: false where it has an endpoint of Secrets Manager, true where "
            "it has none",
            ("network.vpc_id",),
        )
    theirs, group = network.create_endpoints is False, network.endpoint_security_group_id
    if theirs and network.vpc_id is not None and group is None:
        yield Finding(
            "network.endpoint_security_group_id",
            "must name the security group of the VPC's own endpoint with network.create_endpoints = false",
            (key, "network.vpc_id"),
        )
    elif group is not None and not theirs:
        yield Finding(
            "network.endpoint_security_group_id",
            "is for network.create_endpoints = false: an endpoint of the tier's gets a group of the tier's",
            (key,),
        )


def _listed(names: list[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


PLACE = (
    regions_exist,
    recovery_is_elsewhere,
    zones_belong_to_region,
    endpoints_are_where_subnets_are,
    subnets_have_room,
    existing_vpc_is_described,
    secrets_manager_is_reached_one_way,
)
