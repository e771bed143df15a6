"""Flux's image automation as the repository describes it: which ImageUpdateAutomation would write to a file.

Source: fluxcd/image-automation-controller and image-reflector-controller, API v1beta1, v1beta2 and v1. What the
repository does not say (an ImagePolicy that lives elsewhere, a namespace that kustomize sets) is taken to match:
a warning too many is cheaper than a promotion that Flux undoes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promontory.change import Files
from promontory.manifests.objects import KubernetesObject, objects

_IMAGES = "image.toolkit.fluxcd.io"
_SOURCES = "source.toolkit.fluxcd.io"
_DEFAULT_BRANCH = "master"  # of a GitRepository that names no reference


@dataclass(frozen=True)
class ImagePolicy:
    """``chooses`` is its rule as one line, e.g. ``semver >=1.0``."""

    name: str
    labels: Mapping[str, str]
    chooses: str
    place: str


@dataclass(frozen=True)
class Automation:
    """An ImageUpdateAutomation that is not suspended. ``branch`` is what it pushes to; empty where nothing says it.

    ``path`` is the directory it updates, ``.`` for the whole repository.
    """

    name: str
    place: str
    namespace: str
    path: str
    branch: str
    selector: Mapping[str, object]

    def covers(self, path: str) -> bool:
        """Whether the file or directory ``path`` lies in what it updates."""
        return self.path in (".", path) or path.startswith(f"{self.path}/")

    def follows(self, policy: str, labels: Mapping[str, str] | None) -> bool:
        """Whether it applies ``policy`` (``namespace:name``), which has these labels; None: nobody knows."""
        namespace = policy.partition(":")[0]
        return self.namespace in ("", namespace) and (labels is None or _selects(self.selector, labels))


def image_policies(files: Files) -> dict[str, ImagePolicy]:
    """The ImagePolicy objects in the repository, by ``namespace:name`` as markers name them."""
    found = objects(files, _IMAGES, "ImagePolicy")
    policies = (ImagePolicy(f"{it.namespace}:{it.name}", it.labels, _chooses(it.spec), it.place) for it in found)
    return {policy.name: policy for policy in policies}


def automations(files: Files) -> tuple[Automation, ...]:
    """Every ImageUpdateAutomation in the repository that would write."""
    found = objects(files, _IMAGES, "ImageUpdateAutomation")
    writing = (item for item in found if item.text("suspend").lower() != "true" and _sets(item))
    return tuple(
        Automation(
            name=f"{item.namespace}/{item.name}" if item.namespace else item.name,
            place=item.place,
            namespace=item.namespace,
            path=_inside(item.text("update", "path")),
            branch=_branch(item, files),
            selector=_mapping(item.spec.get("policySelector")),
        )
        for item in writing
    )


def overwriting(files: Files, paths: Sequence[str], policy: str, branch: str) -> tuple[Automation, ...]:
    """The automations that would set the markers of ``policy`` in one of the files ``paths`` on ``branch``."""
    near = [
        automation
        for automation in automations(files)
        if automation.branch in ("", branch) and any(automation.covers(path) for path in paths)
    ]
    known = image_policies(files).get(policy) if near else None
    return tuple(automation for automation in near if automation.follows(policy, known.labels if known else None))


def _sets(automation: KubernetesObject) -> bool:
    return automation.text("update", "strategy") in ("", "Setters")


def _inside(path: str) -> str:
    """As Flux joins it: ``..`` does not lead out of the repository."""
    return posixpath.normpath(posixpath.join("/", path)).lstrip("/") or "."


def _branch(automation: KubernetesObject, files: Files) -> str:
    """Where it pushes: its own branch, else the one it checks out, else the one its source names."""
    pushed = automation.text("git", "push", "branch") or automation.text("git", "checkout", "ref", "branch")
    if pushed:
        return pushed
    name = automation.text("sourceRef", "name")
    namespace = automation.text("sourceRef", "namespace") or automation.namespace
    for source in objects(files, _SOURCES, "GitRepository"):
        if (source.name, source.namespace) == (name, namespace):
            return source.text("ref", "branch") or ("" if source.spec.get("ref") else _DEFAULT_BRANCH)
    return ""


def _chooses(spec: Mapping[str, object]) -> str:
    for kind, rule in _mapping(spec.get("policy")).items():
        return " ".join([kind, *(str(value) for value in _mapping(rule).values())])
    return ""


def _selects(selector: Mapping[str, object], labels: Mapping[str, str]) -> bool:
    """A Kubernetes label selector; an empty one selects everything."""
    wanted = _mapping(selector.get("matchLabels"))
    expressions = selector.get("matchExpressions")
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(_mapping(expression), labels) for expression in (expressions if isinstance(expressions, list) else ())
    )


def _holds(expression: Mapping[str, object], labels: Mapping[str, str]) -> bool:
    key, values = str(expression.get("key")), expression.get("values")
    listed = labels.get(key) in (values if isinstance(values, list) else ())
    match expression.get("operator"):
        case "In":
            return key in labels and listed
        case "NotIn":
            return not listed
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return True


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
