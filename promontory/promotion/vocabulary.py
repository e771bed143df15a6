"""Which kinds of everything there are: the registries of the families, put together for the configuration."""

from __future__ import annotations

from promontory.checks import CHECKS
from promontory.config import Vocabulary
from promontory.forges import FORGES
from promontory.notifications import CHANNELS
from promontory.releases import RELEASES
from promontory.strategies import STRATEGIES
from promontory.suites import SUITES

VOCABULARY = Vocabulary(
    strategies=STRATEGIES,
    suites=SUITES,
    checks=CHECKS,
    releases=RELEASES,
    forges=FORGES,
    channels=CHANNELS,
)
