"""Are the manifests fit for a release? Usage: unit.py RELEASE. Needs nothing but Python."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

APPLICATION = Path(__file__).parent.parent / "apps" / "web-app"
IMAGE = "ghcr.io/acme/web-app"


def faults() -> Iterator[str]:
    for manifest in sorted(APPLICATION.rglob("*.yaml")):
        text = manifest.read_text(encoding="utf-8")
        if "\t" in text:
            yield f"{manifest.name}: a tab"
        for key in ("apiVersion", "kind"):
            if not re.search(rf"^{key}: \S", text, re.MULTILINE):
                yield f"{manifest.name}: no {key}"
    if not re.search(rf"^ +image: {IMAGE}\b", (APPLICATION / "base" / "deployment.yaml").read_text(), re.MULTILINE):
        yield f"deployment.yaml: the image is not {IMAGE}"
    for overlay in sorted((APPLICATION / "overlays").iterdir()):
        if f"name: {IMAGE}" not in (overlay / "kustomization.yaml").read_text():
            yield f"{overlay.name}/kustomization.yaml: no entry for {IMAGE}"


if __name__ == "__main__":
    found = list(faults())
    sys.stdout.writelines(f"FAILED {fault}\n" for fault in found)
    if found:
        sys.exit(1)
    sys.stdout.write(f"ok: the manifests of web-app are fit for {sys.argv[1]}\n")
