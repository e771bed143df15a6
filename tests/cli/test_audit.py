"""`promontory audit`: exit codes, JSON, and hostile entries, in every command that reads them."""

from __future__ import annotations

import io
import json
import re
import subprocess
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promontory.cli import main
from promontory.entry import Entry
from promontory.ledger import Ledger, path_of
from promontory.ledger.chain import render
from tests.cli.conftest import Command, Sample
from tests.test_ledger import MemoryStore, entry

LEDGER = "promontory/ledger"
HOSTILE = "\x1b[2Jgone\x9b31m\u202e"


def put(sample: Sample, path: str, content: bytes) -> None:
    """Somebody adds or replaces a file of the ledger."""
    head = f"commit refs/heads/{LEDGER}\ncommitter M <m@acme.example> 1740830000 +0000\ndata 1\nx\n".encode()
    start = f"from refs/heads/{LEDGER}^0\n".encode() if LEDGER in sample.refs else b""
    file = f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    subprocess.run(
        ["git", "-C", str(sample.path), "fast-import", "--quiet"], input=head + start + file, check=True, timeout=60
    )


def test_a_sound_record_is_told_with_its_head(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    head = command("audit", "head").out.strip()
    ended = command("audit", "verify", "--expect", head)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"sound: {head.partition(':')[0]} entries, up to {head}\n"
    assert command("audit", "head", "--json").json["number"] == int(head.partition(":")[0])
    assert command("audit", "verify", "--json").json == {
        "entries": int(head.partition(":")[0]),
        "head": head,
        "findings": [],
        "sound": True,
    }


def test_a_record_that_was_tampered_with_has_an_exit_code_of_its_own(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")
    path = sample.git("ls-tree", "-r", "--name-only", LEDGER).splitlines()[1]
    put(sample, path, b"{}")

    told, document = command("audit", "verify"), command("audit", "verify", "--json")

    assert (told.code, document.code) == (6, 6)
    assert f"wrong: the ledger entry {path} cannot be read" in told.out
    assert "the record is not sound" in told.err
    assert not document.json["sound"]
    assert {"number", "path", "commit", "problem", "certain"} == set(document.json["findings"][0])


@pytest.mark.parametrize("expected", ["57", "sha256:12", "-", "57:sha1:" + "a" * 40])
def test_what_is_no_head_is_a_usage_error(sample: Sample, command: Command, expected: str) -> None:
    ended = command("audit", "verify", f"--expect={expected}")

    assert ended.code == 2
    assert "audit head" in ended.err


def test_without_a_ledger_it_says_so(sample: Sample, command: Command) -> None:
    assert command("audit", "verify").code == 2
    assert command("audit", "head").code == 2
    assert (command("audit", "export").code, command("audit", "export").out) == (0, "")
    assert command("audit", "show", "ab12").code == 2


def test_the_chain_and_one_promotion_are_shown(sample: Sample, command: Command) -> None:
    request = sample.request()

    lines = command("audit", "export").out.splitlines()
    shown = command("audit", "show", request.promotion)

    assert [json.loads(line)["entry"]["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert f"# Promotion {request.promotion}: v1.3.0, web-app in production" in shown.out
    assert f"- digest: {request.digest}" in shown.out
    assert command("audit", "show", request.promotion, "--json").json[-1]["kind"] == "requested"


def test_offline_nothing_is_fetched(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")
    assert command("audit", "verify").code == 0
    sample.path.rename(sample.path.with_suffix(".away"))

    assert command("audit", "verify", "--offline").code == 0
    assert command("audit", "verify").code != 0


def test_control_characters_of_entries_never_reach_a_terminal(sample: Sample, command: Command) -> None:
    made = entry("held", application="web-app", release=HOSTILE, by=HOSTILE, reason=HOSTILE)
    put(sample, path_of(made), render(made))
    put(sample, "web-app/dev/2025/03/02T120000.000000Z-held-ab13.json", json.dumps({HOSTILE: HOSTILE}).encode())

    for arguments in (["history"], ["audit", "verify"], ["audit", "show", "ab12"], ["hold", "list"]):
        shown = _on_a_terminal(*arguments)
        assert not {"\x1b[2J", "\x9b", "\u202e"} & {*re.findall(r"\x1b\[2J|\x9b|\u202e", shown)}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _on_a_terminal(*arguments: str) -> str:
    """What the command writes to a terminal, stdout and stderr."""
    terminal = Terminal()
    with redirect_stdout(terminal), redirect_stderr(terminal), pytest.raises(SystemExit):
        main(list(arguments))
    assert terminal.getvalue()
    return terminal.getvalue()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*Entry.model_fields, "other"])
NAMED = path_of(entry("pushed"))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100, deadline=None)
@given(changes=st.dictionaries(FIELDS, JSON, max_size=4), deep=st.integers(0, 2))
def test_whatever_stands_in_an_entry_is_read_or_refused_cleanly(changes: dict[str, object], deep: int) -> None:
    from promontory.errors import RepositoryError
    from promontory.ledger.auditing import check_chain, entry_name, stored
    from promontory.promotion.trail import trail

    document = {**entry("pushed").model_dump(mode="json", exclude_defaults=True), **changes}
    blob = json.dumps(document).encode()
    blob = b"[" * 10 ** (2 * deep) + blob if deep else blob
    store = MemoryStore()
    store.write({NAMED: blob})
    name = entry_name(NAMED, "0")
    assert name

    seen, parsed = stored(name, blob)
    findings = list(check_chain([seen], None, {}))

    if parsed is None:
        assert any(finding.problem == seen.problem for finding in findings)
        with pytest.raises(RepositoryError):
            Ledger(store, LEDGER).entries()
    else:
        assert "\x1b" not in "".join(trail([parsed]))
