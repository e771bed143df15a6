"""Whether a container image has a tag or digest, and which digest a tag stands for."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import quote

import httpx

from promontory.errors import PromontoryError
from promontory.releases.distribution import Image

_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
# The distribution specification's: what is larger, registries need not take.
LARGEST = 4 << 20
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Some registries and proxies know GET only.
_NO_HEAD = (400, 405, 501)


def manifest_exists(image: Image, reference: str) -> bool:
    """``reference`` is a tag or a digest."""
    answer, _ = image.ask("HEAD", _url(image, reference), _ACCEPT)
    if answer.status_code in _NO_HEAD:
        answer, _ = image.ask("GET", _url(image, reference), _ACCEPT)
    return image.judge(answer)


def manifest_digest(image: Image, tag: str) -> str | None:
    """The digest that ``tag`` stands for now; None where there is no such tag.

    The registry's word is taken where it gives it; else it is the digest of the manifest itself.
    """
    answer, _ = image.ask("HEAD", _url(image, tag), _ACCEPT)
    if answer.status_code in _NO_HEAD or (answer.status_code == 200 and not _said(answer)):
        answer, body = image.ask("GET", _url(image, tag), _ACCEPT, LARGEST)
        return _counted(image, tag, answer, body) if image.judge(answer) else None
    return _checked(image, tag, _said(answer)) if image.judge(answer) else None


def _url(image: Image, reference: str) -> httpx.URL:
    return image.address.join(f"manifests/{quote(reference, safe=':')}")


def _said(answer: httpx.Response) -> str:
    return str(answer.headers.get("Docker-Content-Digest", ""))


def _counted(image: Image, tag: str, answer: httpx.Response, body: bytes) -> str:
    digest = f"sha256:{sha256(body).hexdigest()}"
    if (said := _said(answer)) and said != digest:
        raise PromontoryError(
            f"{image.host} says that {image.name}:{tag} has the digest {said[:80]!r}, but what it sends has {digest}",
            "ask who runs the registry: what is there is damaged, or was changed on its way",
        )
    return digest


def _checked(image: Image, tag: str, said: str) -> str:
    if not _DIGEST.fullmatch(said):
        raise PromontoryError(
            f"{image.host} gives {image.name}:{tag} the digest {said[:80]!r}, which is no sha256 digest",
            "leave `digest` out for this registry",
        )
    return said
