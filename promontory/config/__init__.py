"""promontory.yaml: reading it, checking it, and its JSON Schema.

Knows nothing of what strategies, suites, checks and sources of releases do; their options are handed in as a
`Vocabulary`.
"""

from promontory.config.advice import warnings
from promontory.config.approval import Approval
from promontory.config.delivery import Delivery
from promontory.config.environment import Environment
from promontory.config.loading import load
from promontory.config.models import Application, Config
from promontory.config.notifications import Route
from promontory.config.repository import ForgeOptions, RepositoryOptions
from promontory.config.schema import schema
from promontory.config.signers import Signers
from promontory.config.vocabulary import Vocabulary
from promontory.config.windows import ArgocdWindow, argocd_windows, calendar

__all__ = [
    "Application",
    "Approval",
    "ArgocdWindow",
    "Config",
    "Delivery",
    "Environment",
    "ForgeOptions",
    "RepositoryOptions",
    "Route",
    "Signers",
    "Vocabulary",
    "argocd_windows",
    "calendar",
    "load",
    "schema",
    "warnings",
]
