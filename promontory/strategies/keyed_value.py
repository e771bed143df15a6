"""The release at a path in a YAML or JSON file: the whole value (``image.tag`` in Helm values), or part of an image.

``below`` is a node that the path starts from, in place of the file's documents.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from promontory.errors import InvalidRelease
from promontory.options import check_template
from promontory.release import check_release
from promontory.strategies.helm_places import chart_version, check_parameter, is_chart_version
from promontory.strategies.image_references import image_at, read_images, with_release
from promontory.yamledit import Node, Scalar, YamlFile, editable, find, parse_path, replace

_RANGE = re.compile(r"[\^~<>=!*].*|.*(\|\||,| - ).*|v?[0-9]+(\.[0-9]+)?(\.[xX*])+")


def _check_key(key: str) -> str:
    parse_path(check_template(key))
    return key


Key = Annotated[str, AfterValidator(_check_key)]


def read_key(file: YamlFile, key: str, image: str | None = None, below: Node | None = None) -> str | None:
    """The release at ``key``; None where it is null or empty, or the image has neither tag nor digest."""
    if image:
        return read_images([image_at(file, key, image, below)])
    scalar = _scalar(file, key, below)
    return None if scalar.is_null or not scalar.value else scalar.value


def write_key(file: YamlFile, key: str, release: str, image: str | None = None) -> bytes:
    return replace(file, [wanted_at(file, key, release, image)])


def wanted_at(
    file: YamlFile, key: str, release: str, image: str | None = None, below: Node | None = None
) -> tuple[Scalar, str]:
    """The scalar at ``key``, and what it should say."""
    if image:
        return image_at(file, key, image, below), with_release(image, release)
    return _scalar(file, key, below), canonical_at(file, key, release, below)


def canonical_at(file: YamlFile, key: str, release: str, below: Node | None = None) -> str:
    """``release`` as it is written at ``key``: a chart's version has the ``v`` that the charts before had, or none."""
    if is_chart_version(file, key, below):
        return chart_version(file, _scalar(file, key, below), release)
    check_parameter(file, key, release, below)
    return release


def _scalar(file: YamlFile, key: str, below: Node | None) -> Scalar:
    """The scalar; what is plainly no release is not overwritten: ``key`` may point at the wrong place."""
    scalar = editable(file, find(file, key, below))
    if scalar.is_null or not scalar.value:
        return scalar
    if _RANGE.fullmatch(scalar.value.strip()):
        message = f"{key} is {scalar.value!r}, a version range and not a release"
        raise file.error(scalar, message, "write the version that runs now in its place, once, by hand")
    try:
        check_release(scalar.value)
    except InvalidRelease:
        message = f"{key} is {scalar.value!r}, which is not a release"
        raise file.error(scalar, message, "correct key:, or for an image reference add image:") from None
    return scalar
