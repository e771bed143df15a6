"""The release that a policy's markers say together, and what each must say for another one.

Each marker says the image's tag, its digest, or both: ``:tag`` and ``:digest`` one of them, a bare marker
(``name:tag@digest``) both, where it may have neither. ``:name`` says nothing of a release and stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from promontory.errors import InvalidRelease, StrategyError
from promontory.release import check_release, split_release
from promontory.strategies.flux_markers import Setter
from promontory.strategies.image_references import joined, split_reference, with_release
from promontory.yamledit import editable

_TOLD = 10
_SAYING = {"tag": ("", "tag"), "digest": ("", "digest")}


def read_release(setters: Sequence[Setter], policy: str) -> str | None:
    """None where they name no release yet. Raises `StrategyError` with the places where they disagree."""
    tags: set[str] = set()
    digests: set[str] = set()
    for setter in setters:
        tag, digest = _said(setter)
        tags |= {tag} if setter.part in _SAYING["tag"] else set()
        digests |= {digest} if setter.part in _SAYING["digest"] else set()
    if len(tags) > 1 or len(digests) > 1:
        raise _disagreement(setters, policy)
    return joined("".join(tags), "".join(digests))


def write_release(setters: Sequence[Setter], policy: str, release: str) -> list[tuple[Setter, str]]:
    """What each setter must say. Raises `StrategyError` where they cannot say this release."""
    tag, digest = split_release(release)
    parts = {setter.part: setter for setter in setters}
    for wanted, said in (("tag", tag), ("digest", digest)):
        if said and not any(part in parts for part in _SAYING[wanted]):
            remedy = f"promote {digest if wanted == 'tag' else tag or 'a tag'}, or add a marker {policy}:{wanted}"
            raise StrategyError(f"the markers of {policy} have no place for the {wanted} of {release}", remedy)
    if "tag" in parts and not tag:
        place = parts["tag"].place
        raise StrategyError(f"{release} has no tag, but {place} wants one ({policy}:tag)", f"promote TAG@{release}")
    return [(setter, _text(setter, tag, digest, release)) for setter in setters]


def _text(setter: Setter, tag: str, digest: str, release: str) -> str:
    """Without a digest, a ``:digest`` marker is emptied, as Flux does it: the old one would win over the new tag."""
    if setter.part:
        return tag if setter.part == "tag" else digest
    repository, _ = split_reference(setter.scalar.value)
    if not repository or setter.scalar.is_null:
        message = "a marker without :tag stands here, but no image"
        raise setter.file.error(setter.scalar, message, "write the image's name, e.g. ghcr.io/acme/app")
    return with_release(repository, release)


def _said(setter: Setter) -> tuple[str, str]:
    """The tag and digest in a setter's value, empty where there is none."""
    scalar = editable(setter.file, setter.scalar)
    value = "" if scalar.is_null else scalar.value
    release = value if setter.part else split_reference(value)[1] or ""
    tag, digest = _checked(setter, release) if release else ("", "")
    if (setter.part == "tag" and digest) or (setter.part == "digest" and tag):
        raise setter.file.error(scalar, f"{value!r} is not a {setter.part}", "correct the value or the marker")
    return tag, digest


def _checked(setter: Setter, release: str) -> tuple[str, str]:
    try:
        return split_release(check_release(release))
    except InvalidRelease:
        message = f"{setter.scalar.value!r} is not {'a ' + setter.part if setter.part else 'an image with a release'}"
        raise setter.file.error(setter.scalar, message, "correct the value or the marker") from None


def _disagreement(setters: Sequence[Setter], policy: str) -> StrategyError:
    found = [f"{setter.scalar.value or 'nothing'} in {setter.place}" for setter in setters]
    more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    message = f"the markers of {policy} disagree on the release: {', '.join(found[:_TOLD])}{more}"
    return StrategyError(message, "make them the same by hand once")
