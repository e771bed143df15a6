"""The checks that can be written under ``verify:``; a new one is one file and one line here."""

from __future__ import annotations

from promontory.checks.argocd.check import ArgocdCheck
from promontory.checks.command import CommandCheck
from promontory.checks.contract import Check
from promontory.checks.flux.check import FluxCheck
from promontory.checks.http import HttpCheck
from promontory.checks.kubernetes.check import KubernetesCheck
from promontory.checks.prometheus.check import PrometheusCheck
from promontory.options import Kinds

CHECKS: Kinds[Check] = {
    "argocd": ArgocdCheck,
    "command": CommandCheck,
    "flux": FluxCheck,
    "http": HttpCheck,
    "kubernetes": KubernetesCheck,
    "prometheus": PrometheusCheck,
}
