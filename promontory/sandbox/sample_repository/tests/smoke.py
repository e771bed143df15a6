"""Does the environment before really run the release? Usage: smoke.py URL RELEASE. Needs nothing but Python."""

from __future__ import annotations

import json
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener


def answer(url: str) -> dict[str, str]:
    # The cluster is on this machine, where no proxy can reach it.
    with build_opener(ProxyHandler({})).open(url, timeout=10) as response:
        document: dict[str, str] = json.load(response)
        return document


if __name__ == "__main__":
    url, release = sys.argv[1:]
    try:
        version = answer(url).get("version")
    except (URLError, ValueError) as error:
        sys.exit(f"FAILED {url}: {error}")
    if version != release:
        sys.exit(f"FAILED {url} answers {version}, not {release}")
    sys.stdout.write(f"ok: {url} answers {version}\n")
