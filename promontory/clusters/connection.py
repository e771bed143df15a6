"""How a cluster is reached: as `kubectl` would, or from inside of it. Knows nothing of what is asked there."""

from __future__ import annotations

import os
from typing import Any

from promontory.errors import ClusterError


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
    except (config.ConfigException, OSError) as error:
        wanted = "the cluster it runs in" if inside else f"the kubeconfig (context {context or 'by default'})"
        raise ClusterError(
            f"{wanted} cannot be used: {' '.join(str(error).split())}",
            "set KUBECONFIG, or correct `context:` in promontory.yaml (`kubectl config get-contexts` lists them)",
        ) from None
    return client.ApiClient(configuration)
