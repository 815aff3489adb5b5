"""Helpers for the tests of the config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError

Refusal = Callable[..., str]


def _refusal(mapping: Any = None, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(mapping, overrides)
    message = str(caught.value)
    assert message.isprintable(), "one line, and nothing that a terminal would obey"
    return message


@pytest.fixture(scope="session")
def refusal() -> Refusal:
    """Return the message, one printable line, with which a config is refused."""
    return _refusal


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a config and return its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "config.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
