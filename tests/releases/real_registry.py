"""A real registry, Debian's docker-registry, on a port and a directory of its own; images are pushed over its API."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from promontory.releases.registry import Registry

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {directory}/images}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@dataclass(frozen=True)
class RealRegistry:
    """``login`` is a user name and a password, where it wants one."""

    port: int
    directory: Path
    login: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2/"

    def source(self, name: str, **options: object) -> Registry:
        return Registry.model_validate({"repository": f"127.0.0.1:{self.port}/{name}", **options})

    def push(self, name: str, tags: Sequence[str], content: str = "") -> str:
        """One image under all the tags; its digest."""
        with httpx.Client(base_url=f"{self.url}{name}/", auth=self.login) as client:
            blobs = [_upload(client, blob.encode()) for blob in (json.dumps({"content": content}), f"layer {content}")]
            config, layer = (
                {"mediaType": kind, "digest": digest, "size": size}
                for kind, (digest, size) in zip(_BLOB_KINDS, blobs, strict=True)
            )
            manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
            body = json.dumps(manifest).encode()
            for tag in tags:
                pushed = client.put(f"manifests/{tag}", content=body, headers={"Content-Type": MANIFEST})
                assert pushed.status_code == 201, pushed.text
        return f"sha256:{sha256(body).hexdigest()}"

    def copy_tag(self, name: str, tag: str, copies: Sequence[str]) -> None:
        """On the registry's own disk: pushing a thousand tags takes long."""
        tags = self.directory / "images/docker/registry/v2/repositories" / name / "_manifests/tags"
        for copy in copies:
            shutil.copytree(tags / tag, tags / copy)


_BLOB_KINDS = ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar")


def _upload(client: httpx.Client, blob: bytes) -> tuple[str, int]:
    digest = f"sha256:{sha256(blob).hexdigest()}"
    begun = client.post("blobs/uploads/")
    assert begun.status_code == 202, begun.text
    where = httpx.URL(begun.headers["Location"]).copy_add_param("digest", digest)
    ended = client.put(where, content=blob, headers={"Content-Type": "application/octet-stream"})
    assert ended.status_code == 201, ended.text
    return digest, len(blob)


@contextmanager
def serving_registry(directory: Path, login: tuple[str, str] | None = None) -> Iterator[RealRegistry | None]:
    """None where docker-registry (or htpasswd, with a ``login``) is not installed."""
    if not shutil.which("docker-registry") or (login and not shutil.which("htpasswd")):
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = _CONFIGURATION.format(directory=directory, port=port)
    if login:
        user, password = login
        command = ["htpasswd", "-niB", user]
        line = subprocess.run(command, input=password, check=True, capture_output=True, text=True).stdout
        (directory / "htpasswd").write_text(line.strip() + "\n")
        configuration += f"auth: {{htpasswd: {{realm: registry, path: {directory}/htpasswd}}}}\n"
    (directory / "config.yml").write_text(configuration)
    log = (directory / "log").open("wb")
    process = subprocess.Popen(["docker-registry", "serve", str(directory / "config.yml")], stdout=log, stderr=log)
    try:
        _wait_for(process, port, directory / "log")
        yield RealRegistry(port, directory, login)
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            httpx.get(f"http://127.0.0.1:{port}/v2/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text(errors="replace"))
