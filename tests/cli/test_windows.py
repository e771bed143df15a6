"""`promontory windows`: what is open, what opens when, and what Argo CD would do; with and without a repository."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.repository import RefUpdate
from tests.cli.conftest import Command, Sample

CONFIGURATION = """\
windows:
  - {kind: deny, from: 2026-12-20, to: 2027-01-04, environments: [prod*], description: Christmas, owner: ops}
applications:
  web-app: {strategy: {kind: directory, path: a, image: acme/web}}
  api: {strategy: {kind: directory, path: b, image: acme/api}}
environments:
  dev:
  production:
    after: dev
    windows:
      - {kind: allow, schedule: "0 2 * * 1-5", duration: 2h, timezone: Europe/Berlin, manual: true}
      - {kind: deny, schedule: "0 0 * * 5", duration: 1d, applications: [api]}
"""
PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop}
spec:
  syncWindows:
    - {kind: deny, schedule: "0 11 * * *", duration: 4h, applications: ["web-*"], manualSync: true, syncOverrun: true}
    - {kind: deny, schedule: "0 17 * * *", duration: 2h, namespaces: [web], timeZone: Europe/Berlin}
    - {kind: deny, schedule: "@daily", duration: 2h, clusters: ["https://*"]}
"""
MONDAY = "2026-11-23T13:00Z"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the configuration, which is no repository, on a machine in New York."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "promontory.yaml").write_text(CONFIGURATION)
    (folder / "project.yaml").write_text(PROJECT)
    monkeypatch.chdir(folder)
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield folder
    time.tzset()


def test_it_tells_what_is_open_and_when_that_changes(here: Path, command: Command) -> None:
    ended = command("windows", "production", "--application", "web-app", "--unattended", "--at", MONDAY)

    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "at 2026-11-23 08:00 on this machine's clock, 13:00 UTC"
    assert "production: closed; opens 2026-11-24 02:00 Europe/Berlin, in 12 h" in lines
    assert "  outside of the window at 02:00 on Monday through Friday, for 2h, Europe/Berlin" in lines
    assert "  for a human: open; closes 2026-12-20 00:00 UTC, in 26 d" in lines
    (number,) = (number for number, line in enumerate(lines) if "(0 2 * * 1-5)" in line)
    assert lines[number].split()[:2] == ["allow", "inactive"]
    begins = "begins 2026-11-24 02:00 Europe/Berlin (01:00 UTC), in 12 h; humans pass"
    assert lines[number + 1].strip() == begins


def test_no_line_of_it_is_too_wide_for_a_terminal(here: Path, command: Command) -> None:
    ended = command("windows", "--at", MONDAY, "--next", "2")

    assert [line for line in ended.out.splitlines() if len(line) > 100] == []
    assert "  deny   inactive  Christmas: from 2026-12-20 to 2027-01-04, UTC" in ended.out.splitlines()
    assert "in 26 d; ask ops" in ended.out
    assert "; only api" in ended.out


def test_a_time_without_an_offset_is_of_this_machine(here: Path, command: Command) -> None:
    ended = command("windows", "dev", "--at", "2026-12-24")

    assert ended.out.splitlines()[0] == "at 2026-12-24 00:00 on this machine's clock, 05:00 UTC"
    assert "dev: open; there are no windows" in ended.out


def test_check_ends_with_3_where_it_is_closed(here: Path, command: Command) -> None:
    assert command("windows", "production", "--check", "--at", MONDAY).code == 0
    assert command("windows", "production", "--check", "--unattended", "--at", MONDAY).code == 3
    assert command("windows", "production", "--check", "--at", "2026-12-24").code == 3
    assert command("windows", "dev", "--check", "--at", "2026-12-24").code == 0


def test_it_shows_the_coming_openings(here: Path, command: Command) -> None:
    asked = ("windows", "production", "--application", "web-app", "--unattended", "--next", "2", "--at", "2026-12-18")
    ended = command(*asked)

    openings = [line.strip() for line in ended.out.splitlines() if line.startswith("  opens")]
    assert openings == [
        "opens 2027-01-04 02:00 Europe/Berlin, in 17 d; closes 2027-01-04 04:00 Europe/Berlin",
        "opens 2027-01-05 02:00 Europe/Berlin, in 18 d; closes 2027-01-05 04:00 Europe/Berlin",
    ]
    first = command(*asked, "--json").json["environments"][0]["openings"][0]
    assert first == {"start": "2027-01-04T01:00:00Z", "end": "2027-01-04T03:00:00Z", "timezone": "Europe/Berlin"}


def test_applications_with_other_windows_are_told_apart(here: Path, command: Command) -> None:
    ended = command("windows", "--at", "2026-11-27T12:00Z")

    assert "production (web-app): open; closes 2026-12-20 00:00 UTC, in 22 d" in ended.out
    assert "production (api): closed; opens 2026-11-28 00:00 UTC, in 12 h" in ended.out
    assert "\ndev: open" in ended.out


def test_json_has_all_of_it_in_utc(here: Path, command: Command) -> None:
    found = command("windows", "production", "--application", "web-app", "--json", "--at", "2026-12-24").json

    (production,) = found["environments"]
    assert found["at"] == "2026-12-24T00:00:00-05:00"
    assert (production["open"], production["changes"], production["owner"]) == (
        False,
        "2027-01-04T00:00:00Z",
        "ops",
    )
    assert [(window["kind"], window["active"]) for window in production["windows"]] == [
        ("deny", True),
        ("allow", False),
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["prod"], 'no environment "prod"'),
        (["--application", "web"], 'no application "web"'),
        (["--at", "tomorrow"], "'tomorrow' is no time"),
        (["--at", "0001-01-01"], "'0001-01-01' is no time"),
        (["--manual"], "--manual is about an AppProject's manifest"),
        (["--argocd", "project.yaml"], "which Application is it about?"),
        (["--argocd", "nowhere.yaml", "--application", "x"], "nowhere.yaml cannot be read"),
        (["--argocd", ".", "--application", "x"], ". cannot be read: Is a directory"),
        (["--argocd", "promontory.yaml", "--application", "x"], "there is no AppProject in promontory.yaml"),
        (["--argocd", "project.yaml", "--application", "x", "--project", "y"], "there is no AppProject y"),
    ],
)
def test_what_is_asked_wrongly_is_said(here: Path, command: Command, arguments: list[str], problem: str) -> None:
    ended = command("windows", *arguments)

    assert ended.code == 2
    assert problem in ended.err


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (
            ["--at", "2026-11-24T12:00Z"],
            3,
            "blocked: a deny window is active; allowed from 2026-11-24 15:00 UTC, in 3 h",
        ),
        (["--at", "2026-11-24T12:00Z", "--manual"], 0, "allowed: every deny window that is active lets manual syncs"),
        (["--at", "2026-11-24T12:00Z", "--started", "2026-11-24T10:30Z"], 0, "allowed: it was allowed when it started"),
        (["--at", "2026-11-24T15:00Z"], 0, "allowed: no deny window is active, and no allow window concerns it"),
        (["--at", "2026-11-24T16:30Z", "--namespace", "web"], 3, "from 2026-11-24 19:00 Europe/Berlin, in 2 h"),
        (["--at", "2026-11-24T16:30Z", "--cluster", "https://10.0.0.1"], 3, "cannot parse schedule '@daily'"),
        (["--at", "2026-11-24T16:30Z", "--cluster", "in-cluster"], 0, "allowed: "),
    ],
)
def test_it_foretells_what_argo_cd_does(here: Path, command: Command, more: list[str], code: int, told: str) -> None:
    (here / "promontory.yaml").unlink()  # nothing but the manifest is needed

    ended = command("windows", "--argocd", "project.yaml", "--application", "web-app", *more)

    assert told in ended.out
    assert ended.code == code


def test_what_decides_is_in_the_json(here: Path, command: Command) -> None:
    asked = ("windows", "--argocd", "project.yaml", "--application", "web-app", "--at", "2026-11-24T12:00Z", "--json")

    ended = command(*asked)

    assert ended.code == 3
    assert ended.json["changes"] == "2026-11-24T15:00:00+00:00"
    assert [(window["id"], window["active"], window["blocks"]) for window in ended.json["windows"]] == [(0, True, True)]


def test_windows_that_cannot_be_matched_are_warned_of(here: Path, command: Command) -> None:
    ended = command("windows", "--argocd", "project.yaml", "--application", "web-app")

    assert "some windows go by namespaces: give --namespace" in ended.err
    assert "some windows go by clusters: give --cluster" in ended.err


def test_argo_cds_windows_are_read_in_the_repository(sample: Sample, command: Command, tmp_path: Path) -> None:
    application = (
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web-app-dev}\n"
        "spec: {project: shop, destination: {namespace: web}, syncPolicy: {automated: {}}}\n"
    )
    repository = sample.workspace().repository
    edits = FileEdits((FileEdit("argocd.yaml", None, (PROJECT + application).encode()),))
    repository.push([RefUpdate("main", repository.head(), edits, "Add the project")])
    written = "    windows: [{kind: argocd, project: argocd.yaml, application: web-app-dev}]\n"
    config = tmp_path / "promontory.yaml"
    config.write_text(sample.git("show", "main:promontory.yaml").replace("  dev:\n", f"  dev:\n{written}", 1))

    ended = command("windows", "dev", "--config", str(config), "--check", "--at", "2026-11-24T12:00Z")

    assert ended.code == 3
    assert "Argo CD, argocd/web-app-dev: blocked: a deny window is active; allowed from 2026-11-24 15:00" in ended.out


def test_a_plan_says_how_long_a_closed_window_has_to_be_waited_for(
    sample: Sample, command: Command, tmp_path: Path
) -> None:
    written = "    windows: [{kind: deny, from: 2020-01-01, to: 2999-01-01, description: a long freeze, owner: ops}]\n"
    config = tmp_path / "promontory.yaml"
    config.write_text(sample.git("show", "main:promontory.yaml").replace("  dev:\n", f"  dev:\n{written}", 1))

    ended = command("plan", "web-app", "v1.3.0", "--to", "dev", "--config", str(config))

    assert ended.code == 3
    assert "window is closed: denied by a long freeze (from 2020-01-01 to 2999-01-01, UTC); does not open" in ended.out
    assert "(ops)  → promontory windows dev --application web-app --next 5" in ended.out
