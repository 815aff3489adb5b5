"""What an analysis may not be told."""

from __future__ import annotations

from typing import Any

import pytest

from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("betas", (1.0, 0.0), "--beta"),
        ("betas", (float("nan"),), "--beta"),
        ("betas", (float("inf"),), "--beta"),
        ("betas", (1.0, 1.0), "--beta"),
        ("gamma", 0.0, "--gamma"),
        ("gamma", 1.0, "--gamma"),
        ("significance", 0.0, "--significance"),
        ("significance", 1.0, "--significance"),
        ("window", "box", "--window"),
        ("mass", float("nan"), "--mass"),
        ("resamples", 98, "--resamples"),
    ],
)
def test_wrong_settings_are_refused_by_their_flag(name: str, value: Any, flag: str) -> None:
    with pytest.raises(ConfigError, match=rf"^`{flag}` must .*, but is .*\. Try ") as caught:
        AnalysisSettings(**{name: value})
    assert "\n" not in str(caught.value)


def test_settings_at_the_edge_are_accepted() -> None:
    AnalysisSettings(betas=(), gamma=0.999, significance=0.5, window="matched", resamples=99)
