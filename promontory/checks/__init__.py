"""The checks that can be written under ``verify:``; a new one is one file (or folder) and one line here."""

from __future__ import annotations

from promontory.checks.contract import Check
from promontory.options import Kinds, KindsByName

CHECKS: Kinds[Check] = KindsByName(
    __name__,
    {
        "argocd": "argocd.check:ArgocdCheck",
        "command": "command:CommandCheck",
        "flux": "flux.check:FluxCheck",
        "http": "http:HttpCheck",
        "kubernetes": "kubernetes.check:KubernetesCheck",
        "prometheus": "prometheus.check:PrometheusCheck",
    },
)
