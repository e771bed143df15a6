"""Keys that only these tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.signatures.keys import Gpg, Key, gpg_home, make_key


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("keys"), "authority")


@pytest.fixture(scope="session")
def gpg() -> Iterator[Gpg]:
    with gpg_home() as home:
        home.make("Alice <alice@acme.example>", "2030-01-01")
        home.make("Bob <bob@acme.example>", "2026-07-01")
        yield home
