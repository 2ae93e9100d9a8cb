"""What AWS offers, read from the data files that cfn-lint bundles. Never imports cfn-lint or calls AWS.

Importing cfn-lint takes two seconds and its largest file is 5 MB, while a synthesis wants a dozen answers:
the files are found beside the package, and of a large one only the wanted part is decoded.
"""

import ast
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from stacks.settings.errors import CatalogError

_SCHEMAS = "data/schemas/extensions"
_DECODER = json.JSONDecoder()


@cache
def zones_by_region() -> dict[str, tuple[str, ...]]:
    """Return every region with its availability zones."""
    text = read_bundled("helpers.py")
    found = re.search(r"^AVAILABILITY_ZONES = (\{.*?^\})", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise _moved("helpers.py", "AVAILABILITY_ZONES")
    zones = cast("dict[str, list[str]]", ast.literal_eval(found[1]))
    return {region: tuple(names) for region, names in zones.items()}


@cache
def postgres_releases() -> tuple[str, ...]:
    """Return the PostgreSQL releases that RDS lets one create, oldest first."""
    offered = _engine_versions("aws_rds_dbinstance/engine_version.json", "postgres")
    retired = _engine_versions("aws_rds_dbinstance/engine_version_deprecated.json", "postgres")
    return _by_release(offered - retired)


@cache
def redis_releases() -> tuple[str, ...]:
    """Return the Redis releases that ElastiCache lets one create, oldest first."""
    return _by_release(_engine_versions("aws_elasticache_cachecluster/engine_version.json", "redis"))


@cache
def instance_classes(*, region: str, release: str) -> tuple[str, ...]:
    """Return the instance classes that RDS offers in `region` for a release of PostgreSQL."""
    return tuple(sorted(_classes_in(region) & _classes_for(release)))


@cache
def cache_node_types(region: str) -> tuple[str, ...]:
    """Return the node types that ElastiCache offers in `region`."""
    name = "aws_elasticache_cachecluster/cachenodetype_enum.json"
    offered = json.loads(read_bundled(f"{_SCHEMAS}/{name}"))
    if region not in offered:
        return ()
    return tuple(sorted(offered[region]["enum"]))


@cache
def lambda_pythons() -> tuple[str, ...]:
    """Return the Python versions that Lambda runs, oldest first, retired ones included."""
    name = "data/AdditionalSpecs/LmbdRuntimeLifecycle.json"
    runtimes = cast("dict[str, object]", json.loads(read_bundled(name)))
    found = {runtime.removeprefix("python") for runtime in runtimes if runtime.startswith("python3.")}
    if not found:
        raise _moved(name, "a Python runtime")
    return _by_release(found)


@cache
def _classes_in(region: str) -> frozenset[str]:
    """All classes for PostgreSQL in one region: that region's part of the file is the only one decoded."""
    name = f"{_SCHEMAS}/aws_rds_dbinstance/dbinstanceclass_enum.json"
    text = read_bundled(name)
    start = text.find(f'\n "{region}": {{')
    if start < 0:
        return frozenset()
    part, _ = _DECODER.raw_decode(text, text.index("{", start))
    found: set[str] = set()
    for rule in part["allOf"]:
        if rule["if"]["properties"].get("Engine") == {"const": "postgres"}:
            found.update(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    if not found:
        raise _moved(name, f"PostgreSQL in {region}")
    return frozenset(found)


@cache
def _classes_for(release: str) -> frozenset[str]:
    """All classes for one release, wherever they are: its rule is found by its text and decoded alone."""
    name = f"{_SCHEMAS}/aws_rds_dbinstance/db_instance_class.json"
    text = read_bundled(name)
    pattern = json.dumps(rf"^({re.escape(release)}\..+|{re.escape(release)})$")
    at = text.find(f'"pattern": {pattern}')
    while at >= 0:
        start = text.rindex("\n  {", 0, at)
        rule, _ = _DECODER.raw_decode(text, start + 3)
        if rule["if"]["properties"]["Engine"].get("const") == "postgres":
            return frozenset(rule["then"]["properties"]["DBInstanceClass"]["enum"])
        at = text.find(f'"pattern": {pattern}', at + 1)
    # The file speaks of some releases only: of the others it is not known that they lack a class.
    return _every_class()


@cache
def _every_class() -> frozenset[str]:
    name = f"{_SCHEMAS}/aws_rds_dbinstance/dbinstanceclass_enum.json"
    return frozenset(re.findall(r'"(db\.[a-z0-9.-]+)"', read_bundled(name)))


def _engine_versions(name: str, engine: str) -> set[str]:
    found: set[str] = set()
    for rule in json.loads(read_bundled(f"{_SCHEMAS}/{name}"))["allOf"]:
        wanted = rule["if"]["properties"]
        if wanted["Engine"].get("const") != engine:
            continue
        listed = wanted if rule["then"] is False else rule["then"]["properties"]
        found.update(listed["EngineVersion"]["enum"])
    if not found:
        raise _moved(name, engine)
    return found


def _by_release(versions: set[str]) -> tuple[str, ...]:
    return tuple(sorted(versions, key=lambda version: [int(part) for part in re.findall(r"\d+", version)]))


@cache
def _package() -> Path:
    spec = find_spec("cfnlint")  # finds the folder without running the package
    if spec is None or spec.origin is None:
        raise CatalogError(
            "cfn-lint is not installed, and its data say what AWS offers: install requirements.lock"
        )
    return Path(spec.origin).parent


def read_bundled(name: str) -> str:
    """Return one of cfn-lint's files, named from the package's folder.

    Raises:
        CatalogError: cfn-lint is not installed, or has no such file.
    """
    try:
        return (_package() / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _moved(name, "the file") from error


def _moved(name: str, what: str) -> CatalogError:
    return CatalogError(
        f"cfn-lint's {name}: {what} is not where it was: install the version in requirements.lock"
    )
