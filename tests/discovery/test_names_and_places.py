"""What the names of environments tell, and the paths of files."""

from __future__ import annotations

import pytest

from promontory.discovery.environment_names import configured_name, names_environment
from promontory.discovery.ordering import arrange, one_name_each, usual_order
from promontory.discovery.places import Spot, split_environment, spot_of


@pytest.mark.parametrize(
    "name",
    [
        "dev",
        "prod",
        "PROD",
        "prod-eu",
        "eu-prod",
        "us-east-1-prod",
        "prod_us",
        "qa2",
        "pre-prod",
        "staging-asia",
        "stg",
    ],
)
def test_what_can_only_be_an_environment(name: str) -> None:
    assert names_environment(name)


@pytest.mark.parametrize("name", ["web-app", "test-runner", "production-line", "eu", "base", "", "devtools", "latest"])
def test_what_may_be_anything(name: str) -> None:
    assert not names_environment(name)


@pytest.mark.parametrize(
    ("path", "spot"),
    [
        ("apps/web-app/overlays/dev/kustomization.yaml", Spot("dev", "web-app", True)),
        ("apps/web-app/overlays/tenant-x/kustomization.yaml", Spot("tenant-x", "web-app", True)),
        ("apps/web-app/overlays/prod/eu/kustomization.yaml", Spot("prod-eu", "web-app", True)),
        ("apps/billing/envs/prod-eu/kustomization.yml", Spot("prod-eu", "billing", True)),
        ("envs/prod-eu/version.yml", Spot("prod-eu", None, True)),
        ("clusters/staging/apps/web-app/release.yaml", Spot("staging", "web-app", True)),
        ("apps/staging/podinfo/values.yaml", Spot("staging", "podinfo", False)),
        ("dev/web-app/kustomization.yaml", Spot("dev", "web-app", False)),
        ("charts/web-app/values-prod.yaml", Spot("prod", "web-app", False)),
        ("charts/web-app/values.prod-eu.yaml", Spot("prod-eu", "web-app", False)),
        ("charts/web-app/prod-values.yaml", Spot("prod", "web-app", False)),
        ("argocd/web-app-staging.yaml", Spot("staging", "web-app", False)),
        ("variants/prod/prod.yml", None),
        ("apps/web-app/base/deployment.yaml", None),
        ("apps/web-app/overlays/base/kustomization.yaml", None),
        ("charts/web-app/templates/prod.yaml", None),
        ("README.md", None),
    ],
)
def test_a_path_tells_environment_and_application(path: str, spot: Spot | None) -> None:
    assert spot_of(path) == spot


def test_the_longest_environment_is_split_off() -> None:
    assert split_environment("web-app-prod-eu") == ("web-app", "prod-eu")
    assert split_environment("prod-eu-web-app") == ("web-app", "prod-eu")
    assert split_environment("load-balancer") is None
    assert split_environment("test-values") == ("values", "test")
    assert split_environment("web-app") is None


def test_environments_go_from_the_first_stage_to_the_last_and_regions_side_by_side() -> None:
    names = ["prod-us", "prod-eu", "production", "uat", "dev", "qa", "staging"]

    assert usual_order(names) == (("dev",), ("qa",), ("uat",), ("staging",), ("prod-eu", "prod-us", "production"))


def test_a_region_comes_after_the_same_region() -> None:
    arranged = arrange(["staging-eu", "staging-us", "prod-eu", "prod-us", "prod-asia"], ())

    assert {environment.name: environment.after for environment in arranged} == {
        "staging-eu": (),
        "staging-us": (),
        "prod-asia": ("staging-eu", "staging-us"),
        "prod-eu": ("staging-eu",),
        "prod-us": ("staging-us",),
    }


def test_only_production_wants_an_approval() -> None:
    arranged = arrange(["dev", "non-prod", "pre-prod", "prod-eu", "live"], ())

    assert [environment.name for environment in arranged if environment.production] == ["live", "prod-eu"]


def test_the_order_that_a_person_gives_counts() -> None:
    arranged = arrange(["dev", "blue", "green"], (("blue",), ("dev", "green")))

    assert [(environment.name, environment.after) for environment in arranged] == [
        ("blue", ()),
        ("dev", ("blue",)),
        ("green", ("blue",)),
    ]
    assert not any(environment.questions for environment in arranged)


def test_names_of_one_stage_are_two_environments_where_an_application_has_both() -> None:
    assert one_name_each({"a": {"prod", "production"}, "b": {"prod"}}) == {"prod": "prod", "production": "production"}


def test_the_more_used_of_two_names_stands_for_both() -> None:
    names = {"a": {"prod", "dev"}, "b": {"prod"}, "c": {"production", "prod-eu"}}

    assert one_name_each(names) == {"prod": "prod", "production": "prod", "dev": "dev", "prod-eu": "prod-eu"}


@pytest.mark.parametrize(("name", "configured"), [("Prod_EU", "prod-eu"), ("a.b", "a-b"), ("-x-", "x"), ("ü", "")])
def test_names_become_what_the_configuration_takes(name: str, configured: str) -> None:
    assert configured_name(name) == configured
