"""A branch for each environment: ``dev``, ``staging``, ``production``, or ``env/dev``, ``env/staging``."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.discovery.environment_names import names_environment
from promontory.discovery.findings import Finding, Options
from promontory.discovery.seen import Seen
from promontory.errors import StrategyError

_APPLICATIONS = ("apps", "applications", "services")
_FEWEST = 2


def environment_branches(seen: Seen) -> Iterator[Finding]:
    found = {branch: branch.rpartition("/")[2] for branch in seen.branches if _is_environment(branch)}
    if len(set(found.values())) < _FEWEST or len(set(found.values())) < len(found):
        return
    source: Options = {} if seen.branch in found else {"source": seen.branch}
    for branch, environment in found.items():
        for application, paths in _applications(seen, branch):
            yield Finding(
                application=application,
                environment=environment,
                options={"kind": "branch", "branch": branch, **source, **paths},
                evidence=f"the branch {branch}",
                confidence="likely",
                fallback=True,
                together=f"the branches {', '.join(found)}",
                question='which files belong to an environment and must never be merged? keep: ["**/replicas.yaml"]',
            )


def _is_environment(branch: str) -> bool:
    return names_environment(branch.rpartition("/")[2]) and branch.count("/") <= 1


def _applications(seen: Seen, branch: str) -> list[tuple[str, Options]]:
    """(name, which paths are its own); one that is the whole repository where it is not divided."""
    head = seen.snapshot.head(branch)
    files = seen.snapshot.at(head) if head else seen.snapshot
    for directory in _APPLICATIONS:
        try:
            names = files.names(directory) or ()
        except StrategyError:  # a symbolic link
            continue
        below = [name[:-1] for name in names if name.endswith("/")]
        if below:
            return [(name, {"paths": [f"{directory}/{name}"]}) for name in below]
    return [(seen.name, {})]
