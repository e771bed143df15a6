"""CI on the fakes: GitHub's workflow runs and GitLab's pipelines, which a test drives by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from pytest_httpserver import HTTPServer
from werkzeug import Request

from forges.fake_forge import Json, Refusal, data_of
from forges.fake_github import FakeGitHub
from forges.fake_gitlab import FakeGitLab

Now = Callable[[], datetime]


@dataclass
class FakeRun:
    """``script``: what each look at it finds, the last item for ever; ``success`` and the like end it."""

    number: int
    workflow: str
    ref: str
    given: dict[str, str]
    created: datetime
    actor: str
    script: list[str] = field(default_factory=lambda: ["running", "success"])
    jobs: list[tuple[str, str]] = field(default_factory=list)
    title: str = "End to end"
    event: str = "workflow_dispatch"
    hidden: int = 0
    looks: int = 0

    def look(self) -> str:
        self.looks += 1
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def ended(self) -> bool:
        return self.script[0] not in ("running", "queued", "manual")


@dataclass
class Runs:
    """``script`` and ``jobs`` are those of runs to come; ``hidden``: so often a list does not show a new one yet."""

    now: Now
    script: list[str] = field(default_factory=lambda: ["running", "success"])
    jobs: list[tuple[str, str]] = field(default_factory=list)
    hidden: int = 0
    all: list[FakeRun] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    def add(self, workflow: str, ref: str, given: dict[str, str], actor: str, **more: Any) -> FakeRun:
        options: dict[str, Any] = {"script": list(self.script), "jobs": list(self.jobs), "hidden": self.hidden, **more}
        run = FakeRun(len(self.all) + 501, workflow, ref, given, self.now(), actor, **options)
        self.all.append(run)
        return run

    def get(self, number: str, not_found: Json) -> FakeRun:
        run = next((run for run in self.all if run.number == int(number)), None)
        if run is None:
            raise Refusal(404, not_found)
        return run

    def cancel(self, run: FakeRun, word: str) -> None:
        self.cancelled.append(run.number)
        run.script = [word]

    def listed(self) -> list[FakeRun]:
        shown = []
        for run in reversed(self.all):
            if run.hidden:
                run.hidden -= 1
            else:
                shown.append(run)
        return shown


class FakeActions(FakeGitHub):
    """``tells``: whether it answers a dispatch with the run, as since 2026; else it refuses to be asked for that."""

    def __init__(self, server: HTTPServer, now: Now, repository: str = "acme/web-app", **options: str) -> None:
        super().__init__(server, repository=repository, **options)
        self.runs = Runs(now)
        self.workflows = {"e2e.yml": ["url", "nonce"]}
        self.tells = True
        self.loses_answers = 0
        root = f"/repos/{self.repository}/actions"
        self.routes = (
            *self.routes,
            ("POST", rf"{root}/workflows/([^/]+)/dispatches", self._dispatch),
            ("GET", rf"{root}/workflows/([^/]+)/runs", self._runs),
            ("GET", rf"{root}/runs/(\d+)", lambda _, number: self._run(self.runs.get(number, self.not_found))),
            ("GET", rf"{root}/runs/(\d+)/jobs", self._jobs),
            ("POST", rf"{root}/runs/(\d+)/cancel", self._cancel),
        )

    def _known(self, name: str) -> str:
        name = unquote(name)
        if name not in self.workflows:
            raise Refusal(404, self.not_found)
        return name

    def _dispatch(self, request: Request, name: str) -> object:
        workflow, data = self._known(name), data_of(request)
        if not self.tells and "return_run_details" in data:
            raise Refusal(422, {"message": 'Invalid request.\n\n"return_run_details" is not a permitted key.'})
        if data["ref"] not in self.branches:
            raise Refusal(422, {"message": f"No ref found for: {data['ref']}"})
        if unknown := set(data["inputs"]) - set(self.workflows[workflow]):
            raise Refusal(422, {"message": f"Unexpected inputs provided: {sorted(unknown)}"})
        title = f"End to end {data['inputs'].get('nonce', '')}".strip()
        run = self.runs.add(workflow, data["ref"], data["inputs"], self.account, title=title)
        if self.loses_answers:
            self.loses_answers -= 1
            raise Refusal(502, "<html>bad gateway</html>")
        if not self.tells:
            return 204, None, {}
        return {"workflow_run_id": run.number, "run_url": self.url, "html_url": self._link(run)}

    def _link(self, run: FakeRun) -> str:
        return f"{self.url}/{self.repository}/actions/runs/{run.number}"

    def _run(self, run: FakeRun, word: str = "") -> Json:
        word = word or run.look()
        ended = word not in ("running", "queued")
        return {
            "id": run.number,
            "name": "End to end",
            "display_title": run.title,
            "head_branch": run.ref,
            "event": run.event,
            "status": "completed" if ended else {"running": "in_progress"}.get(word, word),
            "conclusion": word if ended else None,
            "html_url": self._link(run),
            "created_at": f"{run.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "actor": self._user(run.actor),
        }

    def _runs(self, request: Request, name: str) -> object:
        workflow = self._known(name)
        since = datetime.fromisoformat(request.args["created"].removeprefix(">="))
        wanted = [
            self._run(run, run.script[0])
            for run in self.runs.listed()
            if run.workflow == workflow
            and run.event == request.args["event"]
            and request.args.get("actor") in (None, run.actor)
            and run.created >= since
        ]
        items, headers = self.page(request, wanted)
        return 200, {"total_count": len(wanted), "workflow_runs": items}, headers

    def _jobs(self, request: Request, number: str) -> object:
        run = self.runs.get(number, self.not_found)
        jobs = [
            {"name": name, "status": "completed", "conclusion": word, "html_url": f"{self._link(run)}/job/{index}"}
            for index, (name, word) in enumerate(run.jobs)
        ]
        items, headers = self.page(request, jobs)
        return 200, {"total_count": len(jobs), "jobs": items}, headers

    def _cancel(self, request: Request, number: str) -> object:
        run = self.runs.get(number, self.not_found)
        if run.ended:
            raise Refusal(409, {"message": "Cannot cancel a workflow run that is completed."})
        self.runs.cancel(run, "cancelled")
        return 202, {}, {}


class FakePipelines(FakeGitLab):
    """``open_variables``: whether the project lets a token set variables, and look at them."""

    def __init__(self, server: HTTPServer, now: Now, repository: str = "acme/web-app", **options: str) -> None:
        super().__init__(server, repository=repository, **options)
        self.runs = Runs(now)
        self.open_variables = True
        self.loses_answers = 0
        root = f"/projects/{quote(self.repository, safe='')}"
        one = rf"{root}/pipelines/(\d+)"
        self.routes = (
            *self.routes,
            ("POST", f"{root}/pipeline", self._pipeline),
            ("GET", f"{root}/pipelines", self._pipelines),
            ("GET", one, lambda _, number: self._shown_run(self.runs.get(number, self.not_found))),
            ("GET", f"{one}/jobs", lambda request, number: self._listed_jobs(request, number, bridges=False)),
            ("GET", f"{one}/bridges", lambda request, number: self._listed_jobs(request, number, bridges=True)),
            ("GET", f"{one}/variables", self._variables),
            ("POST", f"{one}/cancel", self._cancel),
        )

    def _pipeline(self, request: Request) -> object:
        data = data_of(request)
        if data["ref"] not in self.branches:
            raise Refusal(400, {"message": {"base": ["Reference not found"]}})
        if "variables" in data and not self.open_variables:
            raise Refusal(400, {"message": {"base": ["Insufficient permissions to set pipeline variables"]}})
        given = {each["key"]: each["value"] for each in data.get("variables", [])} | data.get("inputs", {})
        run = self.runs.add("", data["ref"], given, self.account, event="api")
        if self.loses_answers:
            self.loses_answers -= 1
            raise Refusal(502, "<html>bad gateway</html>")
        return 201, self._shown_run(run, "created"), {}

    def _shown_run(self, run: FakeRun, word: str = "") -> Json:
        word = word or run.look()
        return {
            "id": run.number,
            "iid": run.number - 500,
            "project_id": 1,
            "status": word,
            "source": run.event,
            "ref": run.ref,
            "sha": "a" * 40,
            "name": None,
            "web_url": f"{self.url}/{self.repository}/-/pipelines/{run.number}",
            "created_at": f"{run.created.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
            "user": self._user(run.actor),
        }

    def _pipelines(self, request: Request) -> object:
        since = datetime.fromisoformat(request.args["updated_after"])
        wanted = [
            self._shown_run(run, run.script[0])
            for run in self.runs.listed()
            if run.event == request.args["source"]
            and run.ref == request.args["ref"]
            and request.args.get("username") in (None, run.actor)
            and run.created >= since
        ]
        items, headers = self.page(request, wanted)
        return 200, items, headers

    def _listed_jobs(self, request: Request, number: str, *, bridges: bool) -> object:
        run = self.runs.get(number, self.not_found)
        jobs = [
            {
                "id": index,
                "name": name,
                "status": word.removesuffix("?"),
                "allow_failure": word.endswith("?"),
                "web_url": f"{self.url}/{self.repository}/-/jobs/{index}",
            }
            for index, (name, word) in enumerate(run.jobs)
            if name.startswith("bridge") is bridges
        ]
        items, headers = self.page(request, jobs)
        return 200, items, headers

    def _variables(self, request: Request, number: str) -> object:
        if not self.open_variables:
            raise Refusal(403, {"message": "403 Forbidden"})
        run = self.runs.get(number, self.not_found)
        return [{"key": key, "value": value, "variable_type": "env_var"} for key, value in run.given.items()]

    def _cancel(self, request: Request, number: str) -> object:
        run = self.runs.get(number, self.not_found)
        self.runs.cancel(run, "canceled")
        return self._shown_run(run)


def dispatches(fake: FakeActions) -> int:
    return sum(bool(re.match(r"POST .*/dispatches", call)) for call in fake.calls)
