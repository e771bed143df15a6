"""Texts that others write, all of them hostile: a ledger, commits and files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from promontory.entry import KINDS, Entry
from promontory.ledger import path_of
from promontory.ledger.chain import render
from tests.cli.conftest import Sample

# A line that looks like one of ours, if it begins at the margin.
FORGED = "sound: everything"
PAYLOAD = (
    f"x\n{FORGED}\r{FORGED}\x1b[2J\x1b]0;title\x07\x9b31m\x85{FORGED}\u2028{FORGED}\x08\x7f\x00\u202egnp\u2066\u200b"
    "\U000e0041\ufeff[red]r[/] [/nothing] :warning: `a` ``` | <b>b</b> ![i](https://e.example/i.png) @acme/team "
    "fixes #1 [skip ci]"
)
# Git takes no control characters of ASCII in names of tags, and all others.
TAG = "v9.9.9-\x9b31m\u202e\u200b"
START = datetime(2026, 11, 1, tzinfo=UTC)
_SHA, _BLOB = "1" * 40, "2" * 40
_PLAN = {
    "application": "web-app",
    "environment": "dev",
    "release": "v9",
    "previous": "v8",
    "source": "dev",
    "ref": "main",
    "base": _SHA,
    "paths": [{"path": "a", "before": _BLOB, "after": _SHA}],
    "diff": "+x",
    "merges": "m",
    "renders": "r",
    "tags": [{"name": "t", "before": _SHA, "commit": _SHA}],
    "fields": [{"context": "c", "namespace": "n", "name": "a", "path": "p", "before": "b", "after": "a"}],
}
_CHECK = {
    "check": "c",
    "application": "a",
    "health": "unhealthy",
    "reason": "r",
    "last_error": "e",
    "errors": 1,
    "evidence": {"k": "v", "list": ["v"], "inner": {"k": "v"}},
}
_SUITE = {
    "name": "n",
    "application": "a",
    "passed": False,
    "reason": "r",
    "output": "o",
    "url": "https://ci.example/1",
    "attempts": [{"reason": "r", "seconds": 1}],
    "tolerated": True,
    "report": {"tests": 1, "failed": 1, "cases": [{"name": "n", "message": "m"}], "problem": "p"},
}
_WHOLE: dict[str, Any] = {
    "version": 1,
    "application": "web-app",
    "release": "v9",
    "previous": "v8",
    "by": "b",
    "run": "r",
    "config": "c",
    "plan": {**_PLAN, "also": [_PLAN]},
    "digest": "d",
    "gates": [{"gate": "g", "application": "a", "open": False, "reason": "r", "remedy": "y", "owner": "o"}],
    "suites": [_SUITE],
    "pushed": {"ref": "main", "before": _SHA, "after": _SHA},
    "tags": [{"ref": "t", "before": _SHA, "after": _SHA}],
    "fields": _PLAN["fields"],
    "pull_request": {
        "base": "b",
        "number": 1,
        "url": "u",
        "merged_by": "m",
        "approved_by": ["a"],
        "reviewed": "r",
    },
    "verdict": {"health": "unhealthy", "checks": [_CHECK]},
    "proof": "p",
    "break_glass": "g",
    "repository": "r",
    "signature": {"format": "ssh", "statement": "s", "text": "t", "principal": "p", "key": "k", "signers": "s"},
    "reason": "r",
}


def hostile_entry(kind: str, number: int, environment: str, **fields: Any) -> Entry:
    """Every field is set, and every text that may be anything is the payload."""
    document = {
        **deepcopy(_WHOLE),
        "kind": kind,
        "promotion": f"{number:012x}",
        "environment": environment,
        "at": (START + timedelta(minutes=number)).isoformat(),
        "since": START.isoformat(),
        "until": START.isoformat(),
        "overtaken_by": "ab12",
    }
    kept = {"application", "environment", "kind", "promotion", "at"}
    for path in _texts(document):
        if path[0] not in kept:
            _poison(document, path)
    return Entry.model_validate({**document, **fields})


def _texts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        if isinstance(value, str):
            yield (*path, key)
        else:
            yield from _texts(value, (*path, key))


def _poison(document: dict[str, Any], path: Sequence[Any]) -> None:
    """Put the payload there, if an entry may have it there."""
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    before, node[path[-1]] = node[path[-1]], PAYLOAD
    try:
        Entry.model_validate(document)
    except ValidationError:
        node[path[-1]] = before


def write(sample: Sample, ref: str, files: dict[str, bytes], message: str = "x", author: str = "M <m@x>") -> None:
    """Somebody commits these files, whatever they are called."""
    data = message.encode()
    stream = f"commit {ref}\ncommitter {author} 1790000000 +0000\ndata {len(data)}\n".encode() + data + b"\n"
    stream += f"from {ref}^0\n".encode() if ref in sample.refs else b""
    for path, content in files.items():
        quoted = (
            '"' + "".join(chr(b) if chr(b).isalnum() or b in b"/.-_" else f"\\{b:03o}" for b in path.encode()) + '"'
        )
        stream += f"M 100644 inline {quoted}\ndata {len(content)}\n".encode() + content + b"\n"
    subprocess.run(["git", "-C", str(sample.path), "fast-import", "--quiet"], input=stream, check=True, timeout=60)


def poison_ledger(sample: Sample) -> None:
    """An entry of each kind in dev and staging, a request that waits in production, and a file that is none."""
    entries = [hostile_entry(kind, number, "dev") for number, kind in enumerate(KINDS, 1)]
    entries += [hostile_entry(kind, 100 + number, "staging") for number, kind in enumerate(("pushed", "verdict"))]
    entries += [hostile_entry(kind, 200, "production", break_glass="") for kind in ("held", "waiting", "requested")]
    files = {path_of(entry): render(entry) for entry in entries}
    stray = f"web-app/dev/2026/11/{PAYLOAD.translate({0: None, 10: None})[:40]}.json"
    write(sample, "refs/heads/promontory/ledger", {**files, stray: b"{}"}, PAYLOAD.replace("\0", ""))
