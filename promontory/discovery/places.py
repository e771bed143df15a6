"""What a file's path tells: which environment it belongs to, and which application."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from promontory.discovery.environment_names import is_region, names_environment

# What stands right below these is an environment, whatever it is called.
_CONTAINERS = {"overlays", "overlay", "envs", "env", "environments", "environment", "stages", "clusters", "targets"}
_BESIDE_OVERLAYS = {"overlays", "overlay", "stages"}
_NO_ENVIRONMENTS = {"base", "bases", "common", "shared", "components", "default", "defaults", "templates"}
# Below these are parts of environments, no environments.
_PARTS = {"variants", "components", "base", "bases", "templates", "examples", "docs", "fixtures", "node_modules"}
_GENERIC = {
    "app", "apps", "application", "applications", "argo", "argo-cd", "argocd", "chart", "charts", "config", "configs",
    "deploy", "deployment", "deployments", "flux", "flux-system", "gitops", "helm", "infra", "infrastructure", "k8s",
    "kubernetes", "kustomize", "manifests", "patch", "patches", "releases", "resources", "services", "tenants",
    "values", "workloads",
}  # fmt: skip
# With these a name may begin; `load-balancer`, `test-runner` and `live-chat` are no environments.
_LEADING = {"dev", "development", "qa", "uat", "staging", "stage", "prod", "production"}
_SUFFIX = re.compile(r"\.(ya?ml|json)$", re.IGNORECASE)


@dataclass(frozen=True)
class Spot:
    """``application`` is None where the path does not tell; ``explicit``: the environment stands in a known place."""

    environment: str
    application: str | None
    explicit: bool


def directory_of(path: str) -> str:
    """The directory of a file; ``.`` is the repository's root."""
    return path.rpartition("/")[0] or "."


def file_name(path: str) -> str:
    return path.rpartition("/")[2]


def spot_of(path: str) -> Spot | None:
    """None where nothing in the path names an environment.

    A directory's name counts before that of the file.
    """
    *directories, name = path.split("/")
    return _by_directory(directories) or _by_file_name(directories, name)


def _by_directory(directories: Sequence[str]) -> Spot | None:
    found = _environment_index(directories)
    if found is None:
        return None
    index, end = found
    explicit = index > 0 and directories[index - 1] in _CONTAINERS
    before = [name for name in directories[:index] if not _generic(name)]
    after = [name for name in directories[end:] if not _generic(name)]
    beside = before[-1:] if explicit and directories[index - 1] in _BESIDE_OVERLAYS else []
    application = next(iter([*beside, *after[:1], *before[-1:]]), None)
    return Spot("-".join(directories[index:end]), application, explicit)


def _environment_index(directories: Sequence[str]) -> tuple[int, int] | None:
    """From which to which of the directories the environment's name goes: ``prod/eu`` are two."""
    for index, name in enumerate(directories):
        if name in _PARTS:
            return None
        if _is_environment(name, directories[index - 1] if index else ""):
            below = directories[index + 1 : index + 2]
            return index, index + 1 + (bool(below) and is_region(below[0]))
    return None


def _is_environment(name: str, above: str) -> bool:
    in_container = above in _CONTAINERS and name not in _NO_ENVIRONMENTS and not _generic(name)
    return in_container or names_environment(name)


def _by_file_name(directories: Sequence[str], name: str) -> Spot | None:
    """``values-prod.yaml``, ``prod-values.yaml``, ``prod.yaml``, ``web-app-prod.yaml``."""
    if any(part in _PARTS for part in directories) or not _SUFFIX.search(name):
        return None
    found = split_environment(_SUFFIX.sub("", name))
    if found is None:
        return None
    rest, environment = found
    above = [part for part in directories if not _generic(part)]
    return Spot(environment, rest if rest and not _generic(rest) else next(reversed(above), None), False)


def split_environment(name: str) -> tuple[str, str] | None:
    """(the rest, the environment) of ``web-app-prod-eu`` or ``prod-values``; the longest environment there is."""
    words = re.split(r"([-._])", name)
    for cut in range(0, len(words), 2):
        rest, end = "".join(words[:cut]).rstrip("-._"), "".join(words[cut:])
        if names_environment(end):
            return rest, end
    for cut in range(len(words) - 2, 0, -2):
        start, rest = "".join(words[:cut]), "".join(words[cut + 1 :])
        if names_environment(start) and (words[0].lower() in _LEADING or _generic(rest)):
            return rest, start
    return None


def _generic(name: str) -> bool:
    return name.lower() in _GENERIC | _CONTAINERS
