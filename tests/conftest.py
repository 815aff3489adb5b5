"""What holds for all tests."""

import atexit
import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from multiprocessing import forkserver
from pathlib import Path

import pytest
from checked_shapes import check_shapes
from hypothesis import settings
from warm_processes import GARBAGE, QUICK_VARIABLE, warm_commands

# Each worker has small matrices of its own, for which the threads of two pools would wait spinning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOM = 2 * 2**30
"""Bytes, several times what the folders of all tests take."""

# The cache of compiled programs, empty when the tests begin and never the user's: workers, and
# processes that the tests start, use what one of them has compiled.
if "PYTEST_XDIST_WORKER" not in os.environ:
    COMPILED = tempfile.mkdtemp(prefix="nnu-compiled-")
    atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
    os.environ["NNU_CACHE"] = COMPILED
    os.environ["NNU_ARCHIVES"] = tempfile.mkdtemp(prefix="nnu-archives-")
    atexit.register(shutil.rmtree, os.environ["NNU_ARCHIVES"], ignore_errors=True)
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)

    # Runs wait for the disk at every checkpoint: their folders lie in memory, where there is room.
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM
    if has_room and not os.statvfs(memory).f_flag & os.ST_NOEXEC:  # programs are made there, too
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))

check_shapes()

# Collecting garbage as often as Python does by default takes a fifth of the time of the tests.
gc.set_threshold(*GARBAGE)

# No test depends on the time that it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

LONGEST = (
    "README.md",
    "training",
    "test_survival.py",
    "test_ensemble_survival.py",
    "test_fuzz.py",
    "test_sweep_on_dask.py",
    "reports",
    "verify",
    "test_evolve.py",
    "test_rendering.py",
    "test_processes.py",
    "sweep_kills",
    "turnover",
    "test_kinks.py",
    "test_plot_command.py",
    "test_identity.py",
    "test_sweep_command.py",
    "grand-canonical.md",
    "test_bulk_rounds.py",
    "test_grand_command.py",
    "test_proposals.py",
    "protocol.md",
    "bulk.md",
    "test_matplotlib_import.py",
    "test_evolving_neurons.py",
    "test_extending_runs.py",
    "test_evolve_command.py",
    "test_ensemble_command.py",
    "test_numerical_settings.py",
    "test_graph_command.py",
    "test_open_run.py",
    "verdicts.md",
    "kept_programs",
    "python.md",
    "test_precision_of_training.py",
    "claims.md",
    "test_graph_ensemble_command.py",
    "test_bulk_relaxation.py",
    "test_mechanics_command.py",
    "structure.md",
    "test_process.py",
    "command_line",
    "gravity.md",
    "test_analyze_command.py",
    "test_imports.py",
    "test_streams.py",
    "analysis.md",
    "test_bulk.py",
    "test_examples.py",
    "test_reproduce_command.py",
    "test_damaged_files.py",
    "test_reproduce_ensembles.py",
    "test_sweep_tables.py",
)
"""Groups that take long, in the order to begin with; the short ones then even out the workers."""

LOOK_AT_NO_LAST_DIGIT = {
    "analysis",
    "api",
    "claims",
    "cli",
    "exact",
    "experiments",
    "nets",
    "networks",
    "observables",
    "physics",
    "plots",
    "reports",
    "runs",
    "spectra",
    "thermodynamics",
}
"""Folders of tests on tiny nets, that compile more than they compute."""

TESTS = Path(__file__).parent

SHOWN = 10
"""Groups whose seconds are printed at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, which shares their fixtures; begin with `LONGEST`."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    order = {group: number for number, group in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(_group(item), len(LONGEST)))


def pytest_collection_finish() -> None:
    """Spare the tests a good part of what JAX takes to write a program, if they use JAX."""
    if "jax" in sys.modules:
        from quick_jit import share_contexts

        share_contexts()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Compile quickly what a test and its fixtures need, if it looks at no last digit."""
    if item.path.relative_to(TESTS).parts[0] in LOOK_AT_NO_LAST_DIGIT:
        quick = item.get_closest_marker("optimised") is None
    else:
        quick = item.get_closest_marker("quick") is not None
    if not quick and "jax" not in sys.modules:
        return (yield)
    from quick_jit import BY_ONE_THREAD, QUICKLY, compilation  # loads JAX

    with compilation(QUICKLY if quick else BY_ONE_THREAD):
        return (yield)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave nothing in memory, unless there is a failure to look at; look for no more garbage."""
    gc.freeze()  # of the very many objects of a process that ends
    if exitstatus == 0 and "PYTEST_XDIST_WORKER" not in os.environ:
        folder = session.config._tmp_path_factory.getbasetemp()
        if folder.is_relative_to("/dev/shm"):
            atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _group(item: pytest.Item) -> str:
    (name,) = item.get_closest_marker("xdist_group").args
    return name


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which groups took longest, where workers share them out."""
    seconds: Counter[str] = Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport) and "@" in report.nodeid:
            seconds[report.nodeid.rpartition("@")[2]] += report.duration
    if seconds:
        terminalreporter.section(f"slowest {SHOWN} groups")
        for group, duration in seconds.most_common(SHOWN):
            unknown = "" if group in LONGEST else "  is not in LONGEST of tests/conftest.py"
            terminalreporter.write_line(f"{duration:8.1f} s  {group}{unknown}")


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder of the test, on the disk where writes are killed, which memory has no time for."""
    if not request.path.name.endswith("survival.py"):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def quick_forks(warm: Path) -> Iterator[None]:
    """Let what sweeps, and forks of ``warm``, start be forks as well, and compile quickly."""
    server = forkserver._forkserver  # has the environment that it began with
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(QUICK_VARIABLE, "yes")
        multiprocessing.set_executable(str(warm / "python"))
        server._stop()
        yield
    multiprocessing.set_executable(sys.executable)
    server._stop()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the executables of `warm_processes`."""
    with warm_commands(tmp_path_factory.mktemp("warm")) as folder:
        yield folder
