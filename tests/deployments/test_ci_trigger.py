"""The script that starts a promotion from CI with curl alone, against a server that answers as Prefect does."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

SCRIPT = Path(__file__).parents[2] / "deployments" / "ci" / "trigger.sh"
DEPLOYMENT, RUN = "6f3a1c1e-0000-4000-8000-000000000001", "6f3a1c1e-0000-4000-8000-000000000002"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def prefect(server: HTTPServer) -> list[Request]:
    seen: list[Request] = []

    def create(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps({"id": RUN, "name": "x"}, separators=(",", ":")), 201)

    found = json.dumps({"id": DEPLOYMENT, "name": "promote"}, separators=(",", ":"))
    server.expect_request("/api/deployments/name/promote/promote").respond_with_data(found)
    server.expect_request(f"/api/deployments/{DEPLOYMENT}/create_flow_run", "POST").respond_with_handler(create)
    return seen


def trigger(server: HTTPServer, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": os.environ["PATH"], "PREFECT_API_URL": server.url_for("/api"), "NO_PROXY": "*", **environment}
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, env=settings, check=False)


def test_run_is_created_and_its_id_printed(httpserver: HTTPServer) -> None:
    seen = prefect(httpserver)

    done = trigger(httpserver, "web-app", "v1.3.0", "staging", "job-7")

    assert (done.returncode, done.stdout.strip()) == (0, RUN)
    assert seen[0].get_json() == {
        "idempotency_key": "web-app v1.3.0 staging job-7",
        "parameters": {"application": "web-app", "release": "v1.3.0", "to": "staging", "requested_by": "ci"},
    }


@pytest.mark.parametrize("asked", ["latest", ">=1.2 <2, !=1.5.0 || ~3 ^4 *", f"v1@sha256:{'a' * 64}"])
def test_a_release_need_not_be_named(httpserver: HTTPServer, asked: str) -> None:
    seen = prefect(httpserver)

    done = trigger(httpserver, "web-app", asked, "staging")

    assert (done.returncode, done.stdout.strip()) == (0, RUN)
    assert seen[0].get_json()["parameters"]["release"] == asked


def test_credentials_are_sent_where_they_are_set(httpserver: HTTPServer) -> None:
    seen = prefect(httpserver)

    trigger(httpserver, "web-app", "v1.3.0", "staging", PREFECT_API_AUTH_STRING="robot:hunter2")

    wanted = "Basic " + base64.b64encode(b"robot:hunter2").decode()
    assert seen[0].headers["Authorization"] == wanted


@pytest.mark.parametrize("release", ["", 'v1", "x": "', "v1\\", "$(id)", "v1\n"])
def test_what_could_break_out_of_the_request_is_refused(httpserver: HTTPServer, release: str) -> None:
    seen = prefect(httpserver)

    done = trigger(httpserver, "web-app", release, "staging")

    assert (done.returncode, done.stdout, seen) == (2, "", [])


def test_missing_deployment_is_an_error(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/deployments/name/promote/promote").respond_with_data("no", 404)

    done = trigger(httpserver, "web-app", "v1.3.0", "staging")

    assert done.returncode == 2
    assert "no deployment promote/promote" in done.stderr
