"""The Job that is made of a template: what is ours in it, and which templates are refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from promontory.errors import UsageError
from promontory.options import Target
from promontory.suites.job_manifest import make, parse
from tests.suites.surroundings import TARGET, attempt

TEMPLATE = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: smoke
  namespace: tests
  labels: {team: web}
  annotations: {since: 2026-01-01}
spec:
  template:
    spec:
      containers:
        - name: smoke
          image: ghcr.io/acme/smoke:1.0
          args: ["--release", "{release}", "https://{application}.{environment}.acme.example"]
          env:
            - {name: SHELL_TEXT, value: "${HOME} {other}"}
"""


def made(text: str = TEMPLATE, namespace: str | None = None, seconds: int = 600, **target: str) -> Any:
    return make(parse(text.encode(), "tests/smoke.yaml"), attempt(**target), namespace, seconds)  # type: ignore[arg-type]


def test_placeholders_in_values_are_filled_and_other_braces_stay() -> None:
    (container,) = made()["spec"]["template"]["spec"]["containers"]

    assert container["args"] == ["--release", "v1.3.0", "https://web-app.staging.acme.example"]
    assert container["env"] == [{"name": "SHELL_TEXT", "value": "${HOME} {other}"}]


def test_its_name_is_the_same_for_the_same_attempt_and_another_for_another() -> None:
    assert made()["metadata"]["name"] == f"smoke-{attempt().key}"
    assert made(key="ffffffffffff")["metadata"]["name"] == "smoke-ffffffffffff"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a" * 80, "a" * 50 + "-0f1e"),
        ("Smoke Test!", "smoke-test-0f1e"),
        ("--", "test-0f1e"),
        ("a" * 49 + "-b", "a" * 49 + "-0f1e"),
    ],
)
def test_its_name_is_always_one_that_kubernetes_takes(name: str, begins: str) -> None:
    found = made(TEMPLATE.replace("name: smoke\n  namespace", f"name: {name!r}\n  namespace"))["metadata"]["name"]

    assert found.startswith(begins)
    assert len(found) <= 63


def test_a_template_without_a_name_gets_one() -> None:
    assert made(TEMPLATE.replace("  name: smoke\n", "", 1))["metadata"]["name"].startswith("web-app-test-")


def test_it_says_what_it_belongs_to() -> None:
    job = made()
    ours = {
        "app.kubernetes.io/managed-by": "promontory",
        "promontory/promotion": "0123456789ab",
        "promontory/application": "web-app",
        "promontory/environment": "staging",
    }

    assert job["metadata"]["labels"] == {"team": "web", **ours}
    assert job["spec"]["template"]["metadata"]["labels"] == ours
    assert job["metadata"]["annotations"] == {
        "since": "2026-01-01",
        "promontory/key": attempt().key,
        "promontory/release": "v1.3.0",
    }


def test_a_release_that_is_no_label_is_an_annotation() -> None:
    release = "v1.3.0+build.7@sha256:" + "a" * 64

    job = make(parse(TEMPLATE.encode(), "x"), attempt(target=Target(TARGET.place, release)), None, 60)

    assert job["metadata"]["annotations"]["promontory/release"] == release
    assert all(len(str(value)) <= 63 for value in job["metadata"]["labels"].values())


def test_it_has_bounds_even_where_the_template_has_none() -> None:
    spec = made(seconds=600)["spec"]

    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (600, 0, 86400)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize(("own", "found"), [(60, 60), (6000, 600), ("soon", 600)])
def test_a_deadline_of_the_template_counts_where_it_is_shorter(own: object, found: int) -> None:
    text = TEMPLATE.replace("spec:\n  template", f"spec:\n  activeDeadlineSeconds: {own}\n  template", 1)

    assert made(text)["spec"]["activeDeadlineSeconds"] == found


def test_what_the_template_says_stays() -> None:
    text = TEMPLATE.replace("spec:\n  template", "spec:\n  backoffLimit: 3\n  parallelism: 2\n  template", 1)
    text = text.replace("      containers:", "      restartPolicy: OnFailure\n      containers:")

    spec = made(text)["spec"]

    assert (spec["backoffLimit"], spec["parallelism"]) == (3, 2)
    assert spec["template"]["spec"]["restartPolicy"] == "OnFailure"


def test_the_suite_says_where_it_runs_then_the_template_then_it_is_the_default() -> None:
    assert made(namespace="elsewhere")["metadata"]["namespace"] == "elsewhere"
    assert made()["metadata"]["namespace"] == "tests"
    assert made(TEMPLATE.replace("  namespace: tests\n", ""))["metadata"]["namespace"] == "default"


def test_what_only_an_object_in_a_cluster_has_is_left_out() -> None:
    text = TEMPLATE.replace("metadata:\n", "metadata:\n  uid: x\n  resourceVersion: '7'\n  ownerReferences: [{}]\n", 1)

    job = made(f"{text}status: {{succeeded: 1}}\n")

    assert "status" not in job
    assert not {"uid", "resourceVersion", "ownerReferences"} & job["metadata"].keys()


BOMB = "a: &a [x]\nb: &b [*a, *a]\n" + TEMPLATE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tests/smoke.yaml does not hold one YAML document that is a mapping"),
        ("[1, 2]", "tests/smoke.yaml does not hold one YAML document that is a mapping"),
        (f"{TEMPLATE}---\n{TEMPLATE}", "tests/smoke.yaml does not hold one YAML document that is a mapping"),
        ("a: [", "tests/smoke.yaml cannot be read: while parsing"),
        ("a: !!python/object/apply:os.system [x]", "tests/smoke.yaml cannot be read: could not determine"),
        (BOMB, "tests/smoke.yaml cannot be read: it has an alias (*), which the template of a Job cannot have"),
        ("#" * 600_000, "tests/smoke.yaml is too large for the template of a Job"),
        (TEMPLATE.replace("kind: Job", "kind: Pod"), "the template is no Job"),
        (TEMPLATE.replace("batch/v1", "batch/v2"), "the template is no Job"),
        (TEMPLATE.replace("containers:", "boxes:"), "the template has no spec.template.spec.containers"),
        ("apiVersion: batch/v1\nkind: Job\nspec: 7", "spec of the template is no mapping"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: []", "metadata of the template is no mapping"),
        ("apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: x}}", "spec.template.spec of the template is no"),
    ],
)
def test_other_templates_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        made(text)

    assert raised.value.message.startswith(message)


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        parse(b"a: " + b"[" * 20_000, "tests/smoke.yaml")


def test_a_hostile_release_stays_one_value() -> None:
    release = "v1\n  privileged: true"

    job = make(parse(TEMPLATE.encode(), "x"), attempt(target=Target(TARGET.place, release)), None, 60)

    (container,) = yaml.safe_load(yaml.safe_dump(job))["spec"]["template"]["spec"]["containers"]
    assert container["args"][1] == release
    assert "privileged" not in container
