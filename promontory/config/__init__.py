"""promontory.yaml: reading it, checking it, and its JSON Schema.

Knows nothing of what strategies, suites, checks and sources of releases do; their options are handed in as a
`Vocabulary`.
"""

from promontory.config.advice import warnings
from promontory.config.loading import load
from promontory.config.models import (
    Application,
    Approval,
    Config,
    Delivery,
    Environment,
    ForgeOptions,
    RepositoryOptions,
)
from promontory.config.schema import schema
from promontory.config.vocabulary import Vocabulary

__all__ = [
    "Application",
    "Approval",
    "Config",
    "Delivery",
    "Environment",
    "ForgeOptions",
    "RepositoryOptions",
    "Vocabulary",
    "load",
    "schema",
    "warnings",
]
