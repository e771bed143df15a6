"""Which releases of an application there are, newest first, and which environments run them."""

from __future__ import annotations

from collections.abc import Mapping

from promontory.change import Value
from promontory.promotion.resolving import source_of
from promontory.promotion.surroundings import Around
from promontory.promotion.workspace import Workspace
from promontory.release import split_release


class Listed(Value):
    """``accepted``: the policy may choose it; ``latest``: it does. ``environments`` run it, pinned or not."""

    release: str
    latest: bool = False
    accepted: bool = False
    environments: tuple[str, ...] = ()


class Listing(Value):
    """``total`` counts those beyond the limit, too. ``elsewhere``: environments that run what the source has not."""

    application: str
    source: str
    rule: str
    latest: str | None
    total: int
    releases: tuple[Listed, ...]
    elsewhere: Mapping[str, str]


def list_releases(workspace: Workspace, application: str, limit: int = 0) -> Listing:
    """The newest ``limit`` releases (0: all of them).

    Raises `UsageError` where the application has no source of releases or its policy cannot order them, and
    `TransientError` where the source cannot be asked now.
    """
    workspace.config.application(application)
    source = source_of(workspace, application)
    around = Around(workspace, application)
    ranking = source.rank(source.releases(around))
    running = around.running()
    runs_in: dict[str, list[str]] = {}
    for environment, release in running.items():
        for name in {release, split_release(release)[0]}:
            runs_in.setdefault(name, []).append(environment)
    known = set(ranking.newest_first)
    shown = ranking.newest_first[: limit or None]
    return Listing(
        application=application,
        source=source.label,
        rule=source.rule,
        latest=ranking.latest,
        total=len(ranking.newest_first),
        releases=tuple(
            Listed(
                release=release,
                latest=release == ranking.latest,
                accepted=release in ranking.accepted,
                environments=tuple(runs_in.get(release, ())),
            )
            for release in shown
        ),
        elsewhere={name: each for name, each in running.items() if known.isdisjoint({each, split_release(each)[0]})},
    )
