"""Tests that share fixtures run on one worker."""

from __future__ import annotations

import pytest


def test_pytest_xdist_sees_the_groups(request: pytest.FixtureRequest) -> None:
    """What it does not see it passes over in silence, and fixtures are then set up twice."""
    if not request.config.getoption("loadgroup", False):  # set in its workers only
        pytest.skip("needs -n 2 --dist loadgroup")
    assert request.node.nodeid.endswith("@test_groups.py")
