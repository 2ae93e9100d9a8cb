"""The tables that a person sees at the end of `datatier up`: where to connect, as whom, and how real it is.

Names secrets, never their values.
"""

from collections import defaultdict

from rich import box
from rich.console import Console
from rich.table import Table

from tools.rehearsal import servers
from tools.rehearsal.clouds import asking, secretsmanager, ssm
from tools.rehearsal.declared import declared
from tools.rehearsal.fidelity import NEVER_PROVEN, Fidelity, judge
from tools.rehearsal.layout import Layout
from tools.rehearsal.ledger import read
from tools.rehearsal.tier import Tier
from tools.rehearsal.up import Result

COMMANDS = {"postgres": "datatier psql", "redis": "datatier redis-cli"}


def show(result: Result, *, layout: Layout, console: Console) -> None:
    """Print what a run of `up` has done and what is up now."""
    if result.changed:
        stacks = "1 stack" if len(result.changed) == 1 else f"{len(result.changed)} stacks"
        console.print(f"Deployed {stacks} in {result.seconds:.0f} s.", highlight=False)
    else:
        console.print(f"Nothing has changed, nothing was deployed ({result.seconds:.0f} s).", highlight=False)
    console.print(endpoints(layout))
    console.print(logins(result.tier))
    console.print(summary(fidelity_of(result.tier, layout)), highlight=False)


def fidelity_of(tier: Tier, layout: Layout) -> Fidelity:
    """Judge the tier that is up."""
    return judge(declared(tier), read(layout.ledger))


def endpoints(layout: Layout) -> Table:
    """Return the servers and their addresses."""
    table = plain_table("Endpoints", "server", "what", "endpoint")
    for server in servers.states(layout):
        table.add_row(server.identifier, server.kind, server.endpoint or "")
    return table


def logins(tier: Tier) -> Table:
    """Return the secret of each login, which holds its password, and the command that logs in with it."""
    table = plain_table("Logins", "secret", "connect")
    published = _published(tier)
    for name in _secret_names(tier):
        _, _, service, login = name.split("/", 3)
        command = f"{COMMANDS.get(service)} --env {tier.environment} --as {login}"
        published_too = service in COMMANDS and f"{service}/secrets/{login}" in published
        table.add_row(name, command if published_too else "")
    return table


def summary(fidelity: Fidelity) -> str:
    """Return the fidelity in a few lines."""
    counts, properties = fidelity.counts, fidelity.properties
    effective = f"{properties['honoured']} of {sum(properties.values())}"
    return (
        f"Of {len(fidelity.judged)} resources {counts['executed']} are executed, "
        f"{counts['recorded']} recorded, {counts['stubbed']} stubbed; {effective} properties took effect on "
        "something real (`datatier fidelity` names the others).\n"
        f"A rehearsal proves nothing about {'; '.join(line.split(':')[0] for line in NEVER_PROVEN)}."
    )


def fidelity_tables(fidelity: Fidelity) -> list[Table]:
    """Return one table of the resource types, and one of the properties that nothing honoured."""
    types: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    unproven: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in fidelity.judged:
        kind = one.resource.resource_type
        types[kind][one.standing] += 1
        unproven[kind]["kept"].update(one.kept)
        unproven[kind]["ignored"].update(one.ignored)
    counted = plain_table("Resources", "resource type", "executed", "recorded", "stubbed")
    listed = plain_table(
        "Properties that nothing honoured", "resource type", "kept, not proven", "not looked at"
    )
    for kind in sorted(types):
        counted.add_row(kind, *(str(types[kind][name] or "") for name in ("executed", "recorded", "stubbed")))
        if unproven[kind]["kept"] or unproven[kind]["ignored"]:
            listed.add_row(
                kind, ", ".join(sorted(unproven[kind]["kept"])), ", ".join(sorted(unproven[kind]["ignored"]))
            )
    return [counted, listed]


def _secret_names(tier: Tier) -> list[str]:
    prefix = f"datatier/{tier.environment}/"
    with asking(tier, "its secrets"):
        pages = secretsmanager(tier).get_paginator("list_secrets").paginate()
        names = [secret.get("Name", "") for page in pages for secret in page["SecretList"]]
    return sorted(
        name for name in names if name.startswith(prefix) and name.count("/") >= prefix.count("/") + 1
    )


def _published(tier: Tier) -> set[str]:
    prefix = f"/datatier/{tier.environment}/"
    with asking(tier, "its parameters"):
        pages = ssm(tier).get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
        names = [parameter.get("Name", "") for page in pages for parameter in page["Parameters"]]
    return {name.removeprefix(prefix) for name in names}


def plain_table(title: str, *columns: str) -> Table:
    """Return an empty table for 80 columns, which folds what is too long instead of cutting it off."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
