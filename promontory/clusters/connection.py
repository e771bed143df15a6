"""How a cluster is reached: as `kubectl` would, or from inside of it. Knows nothing of what is asked there."""

from __future__ import annotations

import os
from typing import Any

from yaml import MarkedYAMLError

from promontory.errors import ClusterError
from promontory.escaping.plain import one_line, words

_WORDS = 300


def connect(context: str | None) -> Any:
    """A client (``kubernetes.client.ApiClient``) for a context of the kubeconfig.

    None: the kubeconfig's current context, or this very cluster where it runs in one and ``KUBECONFIG`` is not set.
    Raises `ClusterError` where there is no usable configuration.
    """
    from kubernetes import client, config

    load: Any = config  # these two are not typed

    # A configuration of its own: the library's default one is shared by all. Retrying is the caller's business.
    configuration = client.Configuration()
    configuration.retries = False
    files = os.environ.get("KUBECONFIG")
    inside = context is None and not files and "KUBERNETES_SERVICE_HOST" in os.environ
    try:
        if inside:
            load.load_incluster_config(client_configuration=configuration)
        else:
            load.load_kube_config(files, context, client_configuration=configuration)
        return client.ApiClient(configuration)
    except Exception as error:
        # The library takes a file apart without looking whether it is one, and says so in exceptions of any type.
        wanted = "the cluster it runs in" if inside else f"the kubeconfig (context {one_line(context or 'by default')})"
        raise ClusterError(
            f"{wanted} cannot be used: {_why(error)}",
            "set KUBECONFIG, or correct `context:` in promontory.yaml (`kubectl config get-contexts` lists them)",
        ) from None


def _why(error: Exception) -> str:
    """Only what is known to quote nothing of the file: there are secrets in it."""
    from kubernetes.config import ConfigException

    if isinstance(error, ConfigException | OSError):
        return words(str(error).partition("{")[0], _WORDS)  # behind it comes a part of the file, with what is in there
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1} of it is no YAML"
    return f"it is not what a kubeconfig looks like ({type(error).__name__})"
