"""How the options of the rendered strategy are written, and what is said of wrong ones."""

from __future__ import annotations

from typing import cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from promontory.config import load, schema
from promontory.errors import ConfigurationError
from promontory.promotion.vocabulary import VOCABULARY
from promontory.strategies.rendered import RenderedStrategy

SCHEMA = Draft202012Validator(schema(VOCABULARY))
HELM = "{kind: helm, release_name: '{application}', values: ['values/{environment}.yaml'], namespace: '{environment}'"


def text(render: str, more: str = "") -> str:
    strategy = f"kind: rendered, branch: 'env/{{environment}}', path: '{{application}}', source: charts/web{more}"
    return f"environments: {{dev: {{}}}}\napplications: {{web: {{strategy: {{{strategy}, render: {render}}}}}}}\n"


def strategy(render: str, more: str = "") -> RenderedStrategy:
    config = load(text(render, more), file="promontory.yaml", vocabulary=VOCABULARY)
    return cast("RenderedStrategy", config.strategy("web", "dev"))


def arguments(render: str) -> tuple[str, ...]:
    return strategy(render).render.arguments("charts/web")


def test_kustomize_is_short_for_its_kind_alone() -> None:
    assert strategy("kustomize") == strategy("{kind: kustomize}")
    assert arguments("kustomize") == ("build", "./charts/web", "--load-restrictor=LoadRestrictionsRootOnly")


def test_helm_gets_its_options_with_the_place_filled_in() -> None:
    assert arguments(f"{HELM}, kube_version: '1.30', api_versions: [a/v1], crds: false}}") == (
        *("template", "web", "./charts/web", "--skip-tests", "--namespace=dev", "--values=./values/dev.yaml"),
        *("--kube-version=1.30", "--api-versions=a/v1"),
    )


def test_crds_belong_to_a_chart() -> None:
    assert "--include-crds" in arguments("{kind: helm, release_name: web}")


def test_releases_may_come_from_a_branch_that_is_named() -> None:
    assert strategy("kustomize", ", from: release").from_branch == "release"


@pytest.mark.parametrize(
    "render", ["kustomize", "{kind: kustomize, timeout: 30s}", f"{HELM}}}", f"{HELM}, crds: false}}"]
)
def test_the_schema_accepts_what_is_read(render: str) -> None:
    assert strategy(render)
    assert SCHEMA.is_valid(yaml.safe_load(text(render)))


@pytest.mark.parametrize(
    ("render", "message"),
    [
        ("helm", "render: helm needs a release_name: write {kind: helm, release_name: …}"),
        ("{kind: helm}", "render: missing: release_name"),
        ("kustomise", 'render: unknown kind "kustomise" (did you mean "kustomize"?)'),
        ("{kind: jsonnet}", 'render: unknown kind "jsonnet" (known: kustomize, helm)'),
        ("{}", "render: missing: kind"),
        ("[kustomize]", "render: must be a mapping, not a list"),
        ("{kind: kustomize, values: [a]}", 'render.values: unknown key "values"'),
        ("{kind: kustomize, timeout: 5}", "render.timeout: 5 is not a duration"),
        (
            "{kind: helm, release_name: -x}",
            "render.release_name: '-x' cannot be a name in Kubernetes: use lower-case letters, digits and '-'",
        ),
        ("{kind: helm, release_name: '{release}'}", "render.release_name: '{release}' cannot be a name in Kubernetes"),
        ("{kind: helm, release_name: x, namespace: 'a,b'}", "render.namespace: 'a,b' cannot be a name in Kubernetes"),
        (
            "{kind: helm, release_name: x, values: [../x]}",
            "render.values[0]: '../x' is not a path inside the repository",
        ),
        (
            "{kind: helm, release_name: x, values: ['a,b']}",
            "render.values[0]: 'a,b' cannot be given to helm: it has a comma",
        ),
        ("{kind: helm, release_name: x, values: [a], kube_version: -x}", "render.kube_version: '-x' is not a version"),
        ("{kind: helm, release_name: x, post_renderer: x}", 'render.post_renderer: unknown key "post_renderer"'),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(render: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(text(render), file="promontory.yaml", vocabulary=VOCABULARY)

    assert f"applications.web.strategy.{message}" in str(caught.value)
    (problem,) = caught.value.problems
    assert problem.line == 2


@pytest.mark.parametrize("render", ["helm", "{kind: helm}", "{kind: jsonnet}", "{kind: kustomize, values: [a]}", "[]"])
def test_the_schema_refuses_what_is_refused(render: str) -> None:
    assert not SCHEMA.is_valid(yaml.safe_load(text(render)))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("branch", "-x", "'-x' cannot be a branch"),
        ("from", "a b", "'a b' cannot be a branch"),
        ("source", "/etc", "'/etc' is not a path inside the repository"),
        ("path", "../other", "'../other' is not a path inside the repository"),
    ],
)
def test_branches_and_paths_are_checked(key: str, value: str, message: str) -> None:
    options = yaml.safe_load(text("kustomize"))
    options["applications"]["web"]["strategy"][key] = value

    with pytest.raises(ConfigurationError) as caught:
        load(yaml.safe_dump(options), file="promontory.yaml", vocabulary=VOCABULARY)

    assert message in str(caught.value)
