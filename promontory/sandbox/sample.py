"""Make the sample GitOps repository: one application, three environments, as a team would keep it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from promontory.repository import create_bare

SAMPLE_CLUSTER = b"http://cluster.example"


def create_sample(directory: Path, cluster_url: str) -> Path:
    """Make it, bare, as ``directory``/gitops.git, with checks that ask the cluster at ``cluster_url``."""
    path = directory / "gitops.git"
    create_bare(path, sample_files(cluster_url), branch="main", message="web-app v1.2.0 in dev, staging and production")
    return path


def sample_files(cluster_url: str) -> dict[str, bytes]:
    """Its files, by path."""
    found = _walk(files("promontory.sandbox") / "sample_repository", "")
    return {path: content.replace(SAMPLE_CLUSTER, cluster_url.rstrip("/").encode()) for path, content in found}


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield f"{prefix}{entry.name}", entry.read_bytes()
        elif entry.name != "__pycache__":
            yield from _walk(entry, f"{prefix}{entry.name}/")
