"""What holds for all tests."""

import atexit
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

# JAX's own cache of compiled programs, empty when the tests begin: workers, and processes that
# the tests start, use what one of them has compiled.  JAX reads these when it is imported.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    COMPILED = tempfile.mkdtemp(prefix="nnu-compiled-")
    atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
    os.environ |= {
        "JAX_COMPILATION_CACHE_DIR": COMPILED,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }

# No test depends on the time that it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

LONGEST = (
    "test_readme.py",
    "sweep_kills",
    "kills",
    "survival",
    "training",
    "reports",
    "test_rendering.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, which shares their fixtures; begin with `LONGEST`."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    items.sort(key=lambda item: _group(item) not in LONGEST)


def _group(item: pytest.Item) -> str:
    (name,) = item.get_closest_marker("xdist_group").args
    return name
