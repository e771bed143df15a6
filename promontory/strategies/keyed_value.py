"""The release as the whole value at a path in a YAML or JSON file, e.g. ``image.tag`` in Helm values."""

from __future__ import annotations

from promontory.errors import InvalidRelease
from promontory.release import check_release
from promontory.yamledit import Scalar, YamlFile, editable, find, replace


def read_key(file: YamlFile, key: str) -> str | None:
    """The release at ``key``; None where it is null or empty."""
    scalar = _scalar(file, key)
    return None if scalar.is_null or not scalar.value else scalar.value


def write_key(file: YamlFile, key: str, release: str) -> bytes:
    return replace(file, [(_scalar(file, key), release)])


def _scalar(file: YamlFile, key: str) -> Scalar:
    """The scalar; what is plainly no release is not overwritten: ``key`` may point at the wrong place."""
    scalar = editable(file, find(file, key))
    if not scalar.is_null and scalar.value:
        try:
            check_release(scalar.value)
        except InvalidRelease:
            message = f"{key} is {scalar.value!r}, which is not a release"
            raise file.error(scalar, message, "correct key:, or for an image reference add image:") from None
    return scalar
