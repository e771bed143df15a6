"""Promontory: GitOps promotions through Git, as a core that knows nothing of Prefect."""

__version__ = "0.1.0"
