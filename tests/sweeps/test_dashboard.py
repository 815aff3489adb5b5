"""Dask's dashboard has no password, and is off unless somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import dask
import pytest

pytest.importorskip("dask_jobqueue")

from nnuniverse.sweeps.engines.slurm import _cluster


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with dask.config.set({}):
        yield


def shown(folder: Path) -> dict[str, bool]:
    """Return which pages the scheduler has, on this machine only."""
    with _cluster(folder, 1, {}) as cluster:
        server = cluster.scheduler.http_server
        assert server.address == "127.0.0.1"
        assert "--no-dashboard" in cluster.job_script()
        pages = {}
        for page in ("status", "info/main/workers.html", "json/counts.json"):
            try:
                with urlopen(f"http://127.0.0.1:{server.port}/{page}") as answer:
                    pages[page] = answer.status == 200
            except HTTPError:
                pages[page] = False
        return pages


def test_nothing_is_shown_by_default(tmp_path: Path) -> None:
    assert not any(shown(tmp_path).values())


def test_the_dashboard_can_be_had(tmp_path: Path) -> None:
    options = {"jobqueue.slurm.scheduler-options": {"dashboard_address": "127.0.0.1:0"}}
    with dask.config.set(options):
        assert shown(tmp_path)["info/main/workers.html"]
