"""The markers of Flux's image policies: ``# {"$imagepolicy": "flux-system:web-app"}``."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.discovery.findings import Finding
from promontory.discovery.manifests import objects, text_at
from promontory.discovery.places import split_environment, spot_of
from promontory.discovery.seen import Seen

_PARTS = (":tag", ":name", ":digest")


def image_policies(seen: Seen) -> Iterator[Finding]:
    automated = [text_at(automation, "metadata", "name") for _, automation in objects(seen, "ImageUpdateAutomation")]
    done: set[tuple[str, str]] = set()
    for path, markers in seen.markers.items():
        spot = spot_of(path)
        directory = _directory(path, spot.environment) if spot else None
        for policy in dict.fromkeys(_policy(marker) for marker in markers):
            if spot is None or directory is None or (directory, policy) in done:
                continue
            done.add((directory, policy))
            yield Finding(
                application=_application(policy),
                environment=spot.environment,
                options={"kind": "flux", "path": directory, "policy": policy},
                evidence=f"the marker of {policy} in {path}",
                question=_question(automated),
            )


def _policy(marker: str) -> str:
    return next((marker.removesuffix(part) for part in _PARTS if marker.endswith(part)), marker)


def _application(policy: str) -> str:
    """``flux-system:web-app-dev`` → ``web-app``."""
    name = policy.rpartition(":")[2]
    split = split_environment(name)
    return split[0] if split and split[0] else name


def _directory(path: str, environment: str) -> str | None:
    """The environment's own directory; None where only the file's name says the environment."""
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        if parts[end - 1] == environment or "-".join(parts[max(end - 2, 0) : end]) == environment:
            return "/".join(parts[:end])
    return None


def _question(automated: list[str]) -> str:
    if not automated:
        return ""
    return (
        f"Flux's ImageUpdateAutomation {' and '.join(automated)} may write here, too: suspend it where Promontory "
        "promotes, `promontory validate` says where they meet"
    )
