"""`promontory status`, `history` and `pending`: from Git and the ledger, for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promontory.cli.moments import ago
from promontory.promotion.approving import answer
from promontory.promotion.reverting import revert
from tests.cli.conftest import Command, Sample

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_status_shows_release_health_and_what_waits(sample: Sample, command: Command) -> None:
    request = sample.request()

    lines = command("status").out.splitlines()

    assert lines[0].split() == ["APPLICATION", "ENVIRONMENT", "RELEASE", "SINCE", "HEALTH", "WAITING"]
    assert "(just now)  healthy" in lines[1]
    assert "v1.2.0   —" in lines[3]
    assert lines[3].endswith(f"unknown  v1.3.0 waits for approval ({request.promotion})")


def test_status_is_whole_where_nobody_watches(
    sample: Sample, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("COLUMNS", "40")
    sample.request()

    out = command("status").out

    assert "\x1b" not in out
    assert "waits for approval" in out


def test_status_of_one_application(sample: Sample, command: Command) -> None:
    assert len(command("status", "web-app", "--json").json) == 3
    ended = command("status", "web")
    assert (ended.code, ended.out) == (2, "")
    assert 'did you mean "web-app"?' in ended.err


def test_status_in_json_has_exact_times(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    ended = command("status", "--json")

    assert ended.err == ""
    dev = ended.json[0]
    assert (dev["release"], dev["health"], dev["problem"]) == ("v1.3.0", "healthy", "")
    assert datetime.fromisoformat(dev["since"]).utcoffset() == timedelta(0)


def test_status_tells_the_problem_of_one_environment_beside_the_others(sample: Sample, command: Command) -> None:
    sample.edit("apps/web-app/overlays/dev/kustomization.yaml", lambda _: b"images: [")

    ended = command("status")

    assert ended.code == 0
    assert "kustomization.yaml" in ended.out.splitlines()[1]
    assert "v1.2.0" in ended.out.splitlines()[2]


def test_history_tells_everything_newest_first(sample: Sample, command: Command) -> None:
    request = sample.request()
    answer(sample.workspace("alice"), request.promotion, "approved", "go on", "test")
    command("hold", "add", "web-app", "dev", "v9.9.9", "--reason", "too new")

    lines = command("history").out.splitlines()[1:]

    assert "held" in lines[0]
    assert "v9.9.9: too new" in lines[0]
    assert lines[0].endswith("Ada <ada@acme.example>")
    assert "v1.3.0 (test): go on" in lines[1]
    assert f"v1.2.0 → v1.3.0 wants approval ({request.promotion})" in lines[2]
    assert lines[2].split()[4] == request.promotion
    assert [line.split()[5] for line in lines[3:]] == [
        "planned", "verdict", "pushed", "planned", "verdict", "pushed", "planned",
    ]  # fmt: skip
    assert "v1.3.0 is healthy: seen" in lines[4]


def test_history_of_a_revert(sample: Sample, command: Command) -> None:
    sample.promote("v1.4.0", "dev", healthy=False)
    workspace, hop = sample.hop("v1.4.0", "dev")
    assert hop.entry
    revert(workspace, hop, hop.entry, "answers 500")

    out = command("history").out

    assert hop.promotion in out
    assert "v1.4.0 → v1.2.0 (" in out
    assert "answers 500" in out
    assert "v1.4.0 is unhealthy: seen" in out


def test_history_can_be_narrowed(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev", "staging")

    assert {entry["environment"] for entry in command("history", "--environment", "dev", "--json").json} == {"dev"}
    assert [entry["kind"] for entry in command("history", "web-app", "--limit", "2", "--json").json] == [
        "verdict",
        "pushed",
    ]
    assert command("history", "--environment", "de").code == 2
    assert command("history", "nothing").code == 2


def test_history_is_filtered_by_kind_promotion_and_time(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev", "staging")
    promotion = command("history", "--environment", "dev", "--json").json[0]["promotion"]

    def kinds(*options: str) -> list[str]:
        return [entry["kind"] for entry in command("history", "--json", *options).json]

    assert kinds("--kind", "pushed", "--kind", "verdict") == ["verdict", "pushed", "verdict", "pushed"]
    assert kinds("--promotion", promotion[:6]) == ["verdict", "pushed", "planned"]
    assert len(kinds("--since", "1h")) == 6
    assert kinds("--since", "2999-01-01") == []
    assert command("history", "--since", "2999-01-01").out == "nothing of that has happened\n"
    assert kinds("--since", "2000-01-01") == kinds()
    for wrong in (
        ("--kind", "dreamed"),
        ("--since", "soon"),
        ("--since", "0001-01-01"),
        ("--since", "99999999999999d"),
    ):
        assert command("history", *wrong).code == 2


def test_history_says_that_there_is_more(sample: Sample, command: Command) -> None:
    workspace = sample.workspace()
    place = workspace.config.place("web-app", "dev")
    workspace.append([workspace.entry("held", place, f"v{n}", f"{n:012x}") for n in range(51)])

    shown, everything = command("history"), command("history", "--all")

    assert (len(shown.out.splitlines()), shown.err) == (51, "the newest 50; --all shows everything\n")
    assert (len(everything.out.splitlines()), everything.err) == (52, "")


def test_history_of_a_repository_where_nothing_happened(sample: Sample, command: Command) -> None:
    assert command("history").out == "nothing has happened yet\n"
    assert command("history", "--json").json == []


def test_pending_says_what_where_since_when_and_which_change(sample: Sample, command: Command) -> None:
    request = sample.request()

    ended = command("pending")

    lines = ended.out.splitlines()
    for part in (request.promotion, "production", "v1.2.0 → v1.3.0", "(just now)"):
        assert part in lines[1]
    assert lines[1].endswith("1 more approval wanted")
    assert f"  digest    {request.digest}" in lines
    assert "  asked by  ci" in lines
    assert "promontory approve ID" in ended.out


def test_pending_of_what_is_approved_wants_nothing_more(sample: Sample, command: Command) -> None:
    request = sample.request()
    answer(sample.workspace("alice"), request.promotion, "approved", "", "test")

    ended = command("pending")

    assert "  next      its run goes on by itself; where that has ended, promote it again" in ended.out.splitlines()
    assert "promontory approve" not in ended.out
    assert command("pending", "--json").json[0]["next_reminder"] is None


def test_pending_in_json(sample: Sample, command: Command) -> None:
    request = sample.request()

    (waiting,) = command("pending", "--json").json

    assert waiting["id"] == request.promotion
    assert (waiting["status"], waiting["required"], waiting["approved_by"]) == ("waiting", 1, [])
    assert datetime.fromisoformat(waiting["since"]).utcoffset() == timedelta(0)


def test_pending_when_nothing_is(sample: Sample, command: Command) -> None:
    assert command("pending").out == "no approval is waited for\n"
    assert command("pending", "--json").json == []


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(days=12), "12 d ago"),
    ],
)
def test_how_long_ago(passed: timedelta, told: str) -> None:
    assert ago(NOW - passed, NOW) == told
