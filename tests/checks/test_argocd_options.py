"""What may be written about an argocd check."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from promontory.checks.argocd.check import ArgocdCheck
from tests.checks.argocd_objects import Json


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give application (a name) or selector (labels): which Applications are looked at?"),
        ({"application": "a", "selector": "b"}, "give application (a name) or selector (labels)"),
        ({"application": "{nobody}"}, "unknown placeholder {nobody}"),
        ({"application": "a/../b"}, "'a/../b' cannot be the name of an object in a cluster"),
        ({"application": "a", "server": "argocd.acme.example"}, "'argocd.acme.example' is not an http or https URL"),
        (
            {"application": "a", "server": "http://argocd.acme.example"},
            "the token would travel in the clear: write https://argocd.acme.example",
        ),
        (
            {"application": "a", "server": "https://me:secret@argo"},
            "a user name or password does not belong",
        ),
        ({"application": "a", "server": "https://argo/?token=1"}, "its token belongs into PROMONTORY_TOKENS"),
        ({"application": "a", "server": "https://argo", "context": "eu"}, "context is the kubeconfig's"),
        ({"application": "a", "ca": "/ca.pem"}, "ca is for Argo CD's own API: give server, too"),
        ({"application": "a", "project": "web"}, "project is for Argo CD's own API: give server, too"),
        ({"application": "a", "sync": "yes"}, "Input should be a valid boolean"),
    ],
)
def test_what_makes_no_sense_is_refused(options: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ArgocdCheck.model_validate({"kind": "argocd", **options})

    assert message in str(caught.value)
