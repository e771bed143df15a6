"""Argo CD, as far as who asks its Application objects can tell."""

from __future__ import annotations

from promontory.sandbox.argocd.comparison import Condition
from promontory.sandbox.argocd.controller import ArgoCd, Runtime

__all__ = ["ArgoCd", "Condition", "Runtime"]
