"""How much of a deployed tier is real: what the templates declare against what the handlers did. Pure.

A resource is executed if something real was done by it, and only then can any of its properties count as
honoured. Nothing here knows resource types by heart but Lambdas, secrets and custom resources, whose work
happens after they were created.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tools.rehearsal.ledger import Entry, Invoked, Provisioned, Served, Standing, TookEffect

NEVER_PROVEN = (
    "IAM: the emulator lets everyone do everything",
    "networking: security groups, routes and endpoints are kept, and no packet obeys them",
    "container images: none is built; their programs run from the build context on this machine's Python",
    "quotas and service limits",
    "AWS's timings: creation, failover, rotation and propagation delays",
    "what RDS and ElastiCache do themselves: encryption at rest, snapshots, backups, failover, maintenance",
)

RUN_BY = {"Code", "Handler", "Runtime", "Environment", "Timeout"}
"""What running a Lambda's code takes; its memory, role, VPC and concurrency are not among it."""

READ_BY = {"Name", "GenerateSecretString", "SecretString"}
"""What reading a secret's value takes; its key and its description are not among it."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource of a deployed template."""

    region: str
    stack: str
    logical_id: str
    resource_type: str
    physical_id: str
    properties: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A resource, how much of it is real, and which of its properties are."""

    resource: Declared
    standing: Standing
    evidence: tuple[str, ...]
    honoured: tuple[str, ...]
    kept: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """All resources of a tier, judged."""

    judged: tuple[Judged, ...]

    @property
    def counts(self) -> dict[Standing, int]:
        """How many resources are executed, recorded and stubbed."""
        found = Counter(one.standing for one in self.judged)
        order: tuple[Standing, ...] = ("executed", "recorded", "stubbed")
        return {standing: found[standing] for standing in order}

    @property
    def properties(self) -> dict[str, int]:
        """How many properties took effect, were only kept, and were not looked at."""
        return {
            "honoured": sum(len(one.honoured) for one in self.judged),
            "kept": sum(len(one.kept) for one in self.judged),
            "ignored": sum(len(one.ignored) for one in self.judged),
        }


@dataclass(kw_only=True)
class _Proof:
    evidence: list[str] = field(default_factory=list[str])
    honoured: set[str] = field(default_factory=set[str])

    def add(self, evidence: str, honoured: Iterable[str]) -> None:
        self.evidence.append(evidence)
        self.honoured.update(honoured)


def judge(declared: Sequence[Declared], entries: Sequence[Entry]) -> Fidelity:
    """Judge every declared resource by what the ledger holds; one without an entry counts as stubbed."""
    made = {(e.region, e.stack, e.logical_id): e for e in entries if isinstance(e, Provisioned)}
    return Fidelity(
        judged=tuple(
            _judge(resource, made.get((resource.region, resource.stack, resource.logical_id)), entries)
            for resource in declared
        )
    )


def _judge(resource: Declared, made: Provisioned | None, entries: Sequence[Entry]) -> Judged:
    proof = _Proof()
    if made and made.standing == "executed":
        for evidence in made.evidence:
            proof.add(evidence, made.honoured)
    for entry in entries:
        if entry.region == resource.region:
            _prove(proof, resource, entry)
    honoured = resource.properties & proof.honoured
    ignored = resource.properties & set(made.ignored) if made else resource.properties - honoured
    standing: Standing = "executed" if proof.evidence else made.standing if made else "stubbed"
    return Judged(
        resource=resource,
        standing=standing,
        evidence=tuple(dict.fromkeys(proof.evidence)),
        honoured=tuple(sorted(honoured)),
        kept=tuple(sorted(resource.properties - honoured - ignored)),
        ignored=tuple(sorted(ignored - honoured)),
    )


def _prove(proof: _Proof, resource: Declared, entry: Entry) -> None:
    match entry:
        case TookEffect() if (entry.resource_type, entry.physical_id) == (
            resource.resource_type,
            resource.physical_id,
        ):
            proof.add(entry.evidence, entry.honoured)
        case Invoked() if entry.custom_resource == f"{resource.stack}/{resource.logical_id}":
            proof.add("its Lambda ran", entry.properties)
        case Invoked() if (
            resource.resource_type == "AWS::Lambda::Function" and entry.function == resource.physical_id
        ):
            proof.add("its code ran", RUN_BY)
        case Served() if entry.secret == resource.physical_id:
            proof.add("its value was read", READ_BY)
        case _:
            pass
