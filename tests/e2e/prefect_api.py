"""The Prefect server's HTTP API, as anybody may call it: no client of Prefect's is in between."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

from tests.e2e.processes import PATIENCE, eventually

Document = dict[str, Any]


class PrefectApi:
    """Answers 503 while SQLite is busy; so whatever is asked is asked again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=f"{url}/api", timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **document: Any) -> Any:
        def answer() -> httpx.Response | None:
            response = self._client.request(method, path, json=document or None)
            return None if response.status_code == 503 else response

        response = eventually(answer, f"an answer to {method} {path}")
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def run_deployment(self, name: str, /, **parameters: Any) -> str:
        """Create a flow run of ``promote/promote`` or another; its id."""
        deployment = self.deployment(name)["id"]
        return str(self.ask("POST", f"/deployments/{deployment}/create_flow_run", parameters=parameters)["id"])

    def forget_deployments(self) -> None:
        """What another test has served, and the triggers, which outlive it and would be asked at each event."""
        for kind in ("deployments", "automations"):
            for each in self.ask("POST", f"/{kind}/filter", limit=50):
                self.ask("DELETE", f"/{kind}/{each['id']}")

    def forget_runs(self) -> None:
        """Runs that another test has left unfinished: nothing of this test is to look after them."""
        states = {"type": {"any_": ["RUNNING", "PENDING", "SCHEDULED", "PAUSED", "CANCELLING"]}}
        while runs := self.ask("POST", "/flow_runs/filter", flow_runs={"state": states}, limit=100):
            for run in runs:
                self.ask("DELETE", f"/flow_runs/{run['id']}")

    def forget_turns(self) -> None:
        """Of runs that another test has killed, in a repository of its own."""
        for limit in self.ask("POST", "/v2/concurrency_limits/filter", limit=50):
            self.ask("DELETE", f"/v2/concurrency_limits/{limit['id']}")

    def deployment(self, name: str) -> Document:
        """Wait until somebody has made it."""

        def look() -> Document | None:
            found = self.ask("POST", "/deployments/filter", limit=50)
            flows = {flow["id"]: flow["name"] for flow in self.ask("POST", "/flows/filter", limit=50)}
            return next((each for each in found if f"{flows[each['flow_id']]}/{each['name']}" == name), None)

        return eventually(look, f"the deployment {name}")

    def flow_run(self, run: str) -> Document:
        found: Document = self.ask("GET", f"/flow_runs/{run}")
        return found

    def wait_for(self, run: str, *states: str, after: str = "", patience: float = PATIENCE) -> Document:
        """Wait until the run's state has one of these names, and is another one than the state ``after``.

        A final state of another name is a failure.
        """

        def look() -> Document | None:
            found = self.flow_run(run)
            state = found["state"] or {}
            if state.get("name") in states and state["id"] != after:
                return found
            final = state.get("type") in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
            assert not final, f"it ended as {state['name']}, not {states}: {self.tell(run)}"
            return None

        return eventually(look, f"the state {' or '.join(states)}", lambda: self.tell(run), patience)

    def task_runs(self, run: str) -> list[Document]:
        found: list[Document] = self.ask(
            "POST", "/task_runs/filter", flow_runs={"id": {"any_": [run]}}, sort="EXPECTED_START_TIME_ASC", limit=200
        )
        return found

    def running_tasks(self) -> set[str]:
        """Of whatever run."""
        running = {"state": {"type": {"any_": ["RUNNING"]}}}
        return {task["name"] for task in self.ask("POST", "/task_runs/filter", task_runs=running, flow_runs=running)}

    def recorded(self, run: str, *tasks: str) -> dict[str, Document]:
        """The run's task runs by name, once all of these are there and over (the server records them later)."""

        def look() -> dict[str, Document] | None:
            by_name = {task["name"]: task for task in self.task_runs(run)}
            there = all(name in by_name and by_name[name]["end_time"] for name in tasks)
            return by_name if there else None

        return eventually(look, f"the task runs {', '.join(tasks)}", lambda: self.tell(run))

    def states_of_task(self, task: Document) -> list[str]:
        """The names of all the states that a task run was in."""
        states = self.ask("GET", f"/task_run_states/?task_run_id={task['id']}")
        return [state["name"] for state in states]

    def latest_run(self, flow: str) -> str:
        """The id of the newest run of a flow."""
        runs = self.ask("POST", "/flow_runs/filter", flows={"name": {"any_": [flow]}}, sort="START_TIME_DESC", limit=1)
        return str(runs[0]["id"])

    def resume(self, run: str, **answer: str) -> Document:
        """Fill in the form, once it is there: Prefect calls a run suspended a moment before it has stored the form."""

        def answered() -> Document | None:
            outcome: Document = self.ask("POST", f"/flow_runs/{run}/resume", run_input=answer)
            return None if "schema not found" in str(outcome["details"]) else outcome

        return eventually(answered, "the form", lambda: self.tell(run))

    def tell(self, run: str) -> str:
        """Everything that the server knows of a run, for a test that fails."""
        state = self.flow_run(run)["state"] or {}
        logs = self.ask("POST", "/logs/filter", logs={"flow_run_id": {"any_": [run]}}, sort="TIMESTAMP_ASC")
        tasks = [f"{task['name']}: {(task['state'] or {}).get('name')}" for task in self.task_runs(run)]
        return "\n".join([f"{state.get('name')}: {state.get('message')}", *tasks, *(log["message"] for log in logs)])
