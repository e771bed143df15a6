"""Blob ids, computed here: what git would call these bytes, without asking it."""

from __future__ import annotations

from hashlib import new

_SHA256_LENGTH = 64


def blob_id(content: bytes, like: str) -> str:
    """The blob's id in the object format (sha1 or sha256) of the id ``like``."""
    digest = new("sha256" if len(like) == _SHA256_LENGTH else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()
