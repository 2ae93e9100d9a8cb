"""The settings' edge: reads an environment's files and returns it checked, or one error. Never writes."""

from difflib import get_close_matches
from pathlib import Path

from stacks.settings.document import Document, read_document
from stacks.settings.environment import Environment
from stacks.settings.errors import Problem, RefusedSettingsError, UnknownEnvironmentError
from stacks.settings.judge import judge
from stacks.settings.wording import spell

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENTS = REPOSITORY / "environments"


def load_environment(
    name: str, *, directory: Path = ENVIRONMENTS, overlay: Path | None = None
) -> Environment:
    """Read `<directory>/<name>.toml`, lay `overlay` over it key by key, check the whole and return it.

    Raises:
        SettingsError: the environment is unknown, a file is unreadable, or values are refused.
    """
    documents = read_documents(name, directory=directory, overlay=overlay)
    environment = judge(name, documents)
    _check_name(name, documents, directory)
    _check_ca_bundle(environment, documents)
    return environment


def read_documents(name: str, *, directory: Path, overlay: Path | None) -> tuple[Document, ...]:
    """Read the files that make up an environment, the one that has the last word last.

    Raises:
        SettingsError: the environment is unknown, or a file is unreadable.
    """
    known = _known(directory)
    if name not in known:
        raise UnknownEnvironmentError(_unknown(name, known, directory))
    path = directory / f"{name}.toml"
    documents = [read_document(path, shown=_shown(path))]
    if overlay is not None:
        documents.append(read_document(overlay, shown=_shown(overlay)))
    return tuple(documents)


def _known(directory: Path) -> list[str]:
    return sorted(path.stem for path in directory.glob("*.toml"))


def _unknown(name: str, known: list[str], directory: Path) -> str:
    if not known:
        return f"{_shown(directory)}: there is no environment; write {name or 'dev'}.toml there"
    nearest = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{nearest[0]}'?" if nearest else ""
    return f"{_shown(directory)}: there is no environment '{name}'. There are: {', '.join(known)}.{hint}"


def _shown(path: Path) -> str:
    """Name a file as a person in the repository's folder would."""
    resolved = path.resolve()
    return str(resolved.relative_to(REPOSITORY) if resolved.is_relative_to(REPOSITORY) else path)


def _check_name(name: str, documents: tuple[Document, ...], directory: Path) -> None:
    """A name extends no other's: rights are given by `datatier-<env>-*`, which would reach both."""
    shorter = [other for other in _known(directory) if name.startswith(f"{other}-")]
    if not shorter:
        return
    raise RefusedSettingsError(
        (
            Problem(
                documents[0].shown,
                "name",
                spell(name),
                f"must not extend the name of environment '{shorter[0]}' with a hyphen: rights on "
                f"datatier-{shorter[0]}-* would reach it; call it '{name.replace('-', '')}' or the like",
            ),
        )
    )


def _check_ca_bundle(environment: Environment, documents: tuple[Document, ...]) -> None:
    """A bundle that is named is there: the only setting that speaks of another file."""
    named = environment.functions.ca_bundle
    if named is None or (REPOSITORY / named).is_file():
        return
    stated = [document for document in documents if document.states(("functions", "ca_bundle"))]
    raise RefusedSettingsError(
        (
            Problem(
                stated[-1].shown,
                "functions.ca_bundle",
                spell(named),
                "there is no such file in the repository; leave the key out for the RDS authorities",
            ),
        )
    )
