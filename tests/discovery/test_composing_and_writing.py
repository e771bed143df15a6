"""From findings to the text: what is said once, what is asked, and that comments stay comments."""

from __future__ import annotations

import pytest
import yaml

from promontory.change import Snapshot
from promontory.discovery.composing import compose
from promontory.discovery.findings import Choices, Finding, Proposal, Proven
from promontory.discovery.looking import checked
from promontory.discovery.proving import Evidence, next_release, prove
from promontory.discovery.seen import MAX_FILES, see
from promontory.discovery.templates import common_strategy, template
from promontory.discovery.writing import render
from promontory.discovery.yaml_text import scalar
from tests.discovery import repositories
from tests.strategies.files import DictFiles


def evidence_of(files: dict[str, str]) -> Evidence:
    return prove(see(snapshot(files), "gitops"))


def snapshot(files: dict[str, str]) -> Snapshot:
    class OneCommit(DictFiles):
        def tags(self) -> dict[str, str]:
            return {}

    return OneCommit(files)  # type: ignore[return-value]


def proposed(files: dict[str, str]) -> Proposal:
    return compose(evidence_of(files), Choices())


def overlay(environment: str, **more: object) -> dict[str, object]:
    return {"kind": "directory", "path": f"apps/web-app/overlays/{environment}", "image": "acme/web-app", **more}


def test_what_differs_by_name_only_is_said_once() -> None:
    strategy, overrides = common_strategy({"dev": overlay("dev"), "staging": overlay("staging")})

    assert (strategy, overrides) == (overlay("{environment}"), {})


def test_what_differs_otherwise_is_an_override() -> None:
    strategy, overrides = common_strategy(
        {"dev": overlay("dev"), "staging": overlay("staging"), "production": overlay("prod", file="v.yaml")}
    )

    assert strategy == overlay("{environment}")
    assert overrides == {"production": {"path": "apps/web-app/overlays/prod", "file": "v.yaml"}}


def test_an_option_that_one_environment_lacks_is_not_general() -> None:
    places = {"dev": overlay("dev", file="v.yaml"), "qa": overlay("qa", file="v.yaml"), "prod": overlay("prod")}

    strategy, overrides = common_strategy(places)

    assert strategy == overlay("{environment}")
    assert overrides == {"dev": {"file": "v.yaml"}, "qa": {"file": "v.yaml"}}


def test_another_kind_is_written_out() -> None:
    marked = {"kind": "flux", "path": "clusters/dev", "policy": "flux-system:web-app"}

    _, overrides = common_strategy({"dev": marked, "staging": overlay("staging"), "prod": overlay("prod")})

    assert overrides == {"dev": {**marked, "path": "clusters/{environment}"}}


def test_only_whole_words_become_placeholders() -> None:
    options = {"kind": "directory", "path": "developers/dev/dev-tools", "match": {"env": "dev"}, "paths": ["dev/x"]}

    assert template(options, {"environment": "dev"}) == {
        "kind": "directory",
        "path": "developers/{environment}/{environment}-tools",
        "match": {"env": "{environment}"},
        "paths": ["{environment}/x"],
    }


def test_thirty_applications_have_one_strategy_that_stands_there_once() -> None:
    text = render(proposed(repositories.many_applications(30)), "main at 1234567")

    assert text.count("kind: directory") == 1
    assert text.count("strategy: *as-service-00") == 29
    assert len(checked(text, "promontory.yaml").applications) == 30


def test_only_the_applications_that_were_chosen_are_written() -> None:
    evidence = evidence_of(repositories.many_applications(3))

    proposal = compose(evidence, Choices(applications=("service-01",)))

    assert [application.name for application in proposal.applications] == ["service-01"]
    assert proposal.applications[0].strategy["path"] == "apps/service-01/overlays/{environment}"


def test_the_order_says_where_it_comes_from() -> None:
    evidence = evidence_of(repositories.overlays(("dev", "prod")))
    given = compose(evidence, Choices(order=(("prod",), ("dev",))))

    assert "# In this order because of their names;" in render(compose(evidence, Choices()), "main")
    assert "# In this order as you said;" in render(given, "main")
    assert checked(render(given, "main"), "promontory.yaml").pipeline().hops() == ("prod", "dev")


def test_approvers_stand_at_production_only() -> None:
    evidence = evidence_of(repositories.overlays(("dev", "prod")))

    config = checked(render(compose(evidence, Choices(approvers=("ada@acme.example",))), "main"), "promontory.yaml")

    assert config.environments["dev"].approval is None
    approval = config.environments["prod"].approval
    assert approval is not None
    assert approval.approvers == ("ada@acme.example",)


def test_what_no_strategy_can_read_is_told_and_not_proposed() -> None:
    twice = "images:\n  - name: ghcr.io/acme/api\n    newTag: v1\n  - name: ghcr.io/acme/api\n    newTag: v2\n"
    files = repositories.overlays(("dev",)) | {"apps/api/overlays/dev/kustomization.yaml": twice}

    proposal = proposed(files)

    assert [application.name for application in proposal.applications] == ["web-app"]
    assert proposal.notes == (
        "not proposed: apps/api/overlays/dev/kustomization.yaml:4:5: two entries for the image ghcr.io/acme/api, in "
        "lines 2 and 4",
    )


def test_what_can_be_read_but_not_written_is_not_proposed() -> None:
    aliased = "resources:\n  - ../../base\nimages: &none []\ncomponents: *none\n"
    files = repositories.base("apps/api/base", "api", "acme/api") | repositories.overlays(("dev",))

    proposal = proposed(files | {"apps/api/overlays/dev/kustomization.yaml": aliased})

    assert [application.name for application in proposal.applications] == ["web-app"]
    assert "not proposed: apps/api/overlays/dev/kustomization.yaml:3:9: " in proposal.notes[0]


def test_a_chart_version_that_is_a_range_is_left_to_flux() -> None:
    files = {"apps/dev/podinfo.yaml": repositories.helm_release("podinfo", version=">=6.0.0")}

    assert evidence_of(files).proven == {}


def test_companions_are_asked_about() -> None:
    images = ("ghcr.io/acme/web-app", "docker.io/library/redis")
    kustomization = "images:\n" + "".join(f"  - name: {image}\n    newTag: v1.0.0\n" for image in images)

    proposal = proposed({"apps/web-app/overlays/dev/kustomization.yaml": kustomization})

    assert [application.name for application in proposal.applications] == ["web-app"]
    assert proposal.questions == ("promote docker.io/library/redis too? each is an application of its own",)


def test_a_cluster_that_lists_overlays_is_no_place_of_its_own() -> None:
    cluster = "resources:\n  - ../../apps/shop/overlays/dev\n"
    overlay = repositories.overlay("acme/storefront", "v1.0.0")

    evidence = evidence_of(
        {
            "apps/shop/overlays/dev/kustomization.yaml": overlay,
            "apps/shop/base/kustomization.yaml": "resources:\n  - deployment.yaml\n",
            "apps/shop/base/deployment.yaml": repositories.deployment("shop", "acme/storefront"),
            "clusters/dev/kustomization.yaml": cluster,
        }
    )

    assert list(evidence.proven) == [("shop", "dev")]


def test_one_of_several_objects_in_a_file_is_named() -> None:
    both = [repositories.helm_release(name, tag="v1.0.0") for name in ("api", "web-app")]

    evidence = evidence_of({"apps/dev/releases.yaml": "---\n".join(both)})

    assert {place: proven.finding.options["document"] for place, proven in evidence.proven.items()} == {
        ("api", "dev"): {"kind": "HelmRelease", "name": "api"},
        ("web-app", "dev"): {"kind": "HelmRelease", "name": "web-app"},
    }


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("    targetRevision: v1.2.3\n", {"key": "spec.source.targetRevision"}),
        (
            "    kustomize:\n      images:\n        - acme/web-app:v1.2.3\n",
            {"key": "spec.source.kustomize.images", "image": "acme/web-app"},
        ),
        (
            "    helm:\n      valuesObject:\n        image:\n          tag: v1.2.3\n",
            {"key": "spec.source.helm.valuesObject.image.tag"},
        ),
        ("    targetRevision: main\n", None),
        ("    targetRevision: v1.2.3-dev\n", None),
    ],
)
def test_an_application_says_its_release_in_several_ways(source: str, options: dict[str, str] | None) -> None:
    head = "kind: Application\nmetadata:\n  name: web-app-dev\nspec:\n  source:\n    path: x\n"

    evidence = evidence_of({"argocd/web-app.yaml": head + source})

    place = {"kind": "directory", "path": "argocd", "file": "web-app.yaml"}
    found = evidence.proven.get(("web-app", "dev"))
    assert (found.finding.options if found else None) == (options and {**place, **options})


def test_what_the_comments_suggest_is_valid_once_it_is_no_comment() -> None:
    text = render(proposed(repositories.overlays(("dev", "staging"))), "main")
    suggested = text.replace("    #   releases:", "    releases:").replace("  #   verify:", "    verify:")

    config = checked(suggested, "promontory.yaml")

    assert config.applications["web-app"].releases is not None
    assert [check.kind for check in config.environments["staging"].verify] == ["http"]


def test_no_comment_can_become_configuration() -> None:
    finding = Finding(
        "web-app", "dev", overlay("dev"), "the image in x\nenvironments: {evil: {}}\r\u2028#", question="a\n\nb: c?"
    )
    evidence = Evidence({("web-app", "dev"): Proven(finding, "images", "v1")})

    config = checked(render(compose(evidence, Choices(), ["note\nevil: 1"]), "main\nevil: 2"), "promontory.yaml")

    assert list(config.environments) == ["dev"]


@pytest.mark.parametrize(
    "text", ["plain", "1.10", "on", "null", "~", "{environment}", "a: b", "- a", "x #y", "*a", 'it\'s "so"', "", "0x1F"]
)
def test_every_text_is_read_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"[{scalar(text)}]") == [text]


@pytest.mark.parametrize(
    ("current", "following"),
    [
        ("v1.2.3", "v1.2.4"), ("1.9", "1.10"), ("v1.0.0-rc.1", "v1.0.0-rc.2"), (None, "v1.0.0"), ("latest", "v1.0.0"),
        ("v1.2.3@sha256:" + "0" * 64, "v1.2.4"), ("sha256:" + "1" * 64, "v1.0.0"),
    ],
)  # fmt: skip
def test_the_next_release_counts_on(current: str | None, following: str) -> None:
    assert next_release(current) == following


def test_more_files_than_the_bound_are_told() -> None:
    files = dict.fromkeys((f"dev/{number:06}.yaml" for number in range(MAX_FILES + 1)), "kind: x\n")

    seen = see(snapshot(files), "gitops")

    assert len(seen.documents) == MAX_FILES
    assert seen.notes == ("only the first 20,000 of 20,001 YAML files were read",)
