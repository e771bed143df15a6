"""What Helm makes of a value: chart versions, and parameters that Argo CD hands to ``helm --set``.

A chart's version is three numbers (semver); ``1.2`` or ``1.x`` there is a range. Most charts' versions have no
``v``, some have one, so the one that stands there decides. ``--set`` reads some texts as other types unless
``forceString`` makes it ``--set-string`` (Helm v3, pkg/strvals).
"""

from __future__ import annotations

import re
from posixpath import basename

from promontory.errors import StrategyError
from promontory.yamledit import Mapping, Node, Scalar, YamlFile, holder, parse_path, text_at

DEPENDENCY_FILES = {"Chart.yaml": "Chart.lock", "requirements.yaml": "requirements.lock"}
"""Where a chart names its dependencies, and the lock that Helm keeps beside it (Helm v1 charts have the second)."""

_VERSION = re.compile(r"(v?)([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)")
_RETYPED = re.compile(r"true|false|null|0|-?[1-9][0-9]*", re.IGNORECASE)


def is_dependency(file: YamlFile, key: str) -> bool:
    return basename(file.name) in DEPENDENCY_FILES and parse_path(key)[0] == "dependencies"


def is_chart_version(file: YamlFile, key: str, below: Node | None = None) -> bool:
    """A chart's dependency, or what stands beside ``chart:`` in a HelmRelease or an Application's source."""
    if is_dependency(file, key):
        return parse_path(key)[-1] == "version"
    parent = holder(file, key, below) if parse_path(key)[-1] in ("version", "targetRevision") else None
    return isinstance(parent, Mapping) and text_at(parent, "chart") is not None


def chart_version(file: YamlFile, scalar: Scalar, release: str) -> str:
    """``release`` as the version of the chart; raises where either of them cannot be one."""
    present, wanted = _VERSION.fullmatch(scalar.value), _VERSION.fullmatch(release)
    if not wanted:
        raise StrategyError(f"{release} is not a chart's version, and {file.name} names one", "promote e.g. 1.3.0")
    if present:
        return present[1] + wanted[2]
    if scalar.is_null or not scalar.value:
        return release
    message = f"{scalar.value!r} is not the whole version of a chart: Helm takes it for a range"
    raise file.error(scalar, message, "write the version that runs now in its place, once, by hand")


def check_parameter(file: YamlFile, key: str, release: str, below: Node | None = None) -> None:
    """Raise where ``key`` is a Helm parameter's value and Helm would not take the release for a text."""
    if "parameters" not in (steps := parse_path(key)) or steps[-1] != "value" or not _RETYPED.fullmatch(release):
        return
    parent = holder(file, key, below)
    if "helm" in steps and isinstance(parent, Mapping) and text_at(parent, "forceString") != "true":
        message = f"Helm would read {release} as a number, true, false or null, and not as a text"
        raise file.error(parent, message, "add forceString: true to this parameter")
