"""The settings of JAX that decide numbers: pinned, whatever the environment or the caller has set.

Importing this loads no JAX, and nothing here changes a global for good: settings hold for one
thread, while something is computed.  So long, too, compiled programs are kept (`program_cache`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from nnuniverse.errors import EXIT_USAGE, ConfigError, NNUniverseError, RunError, must
from nnuniverse.processors import LIMIT, NO_LIMIT, usable_processors
from nnuniverse.program_cache import program_cache, programs_kept

P = ParamSpec("P")
T = TypeVar("T")

NUMERICAL_SETTINGS: dict[str, str | bool | int] = {
    "jax_default_prng_impl": "threefry2x32",
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
    "jax_enable_x64": False,
    "jax_default_matmul_precision": "float32",
    "jax_numpy_dtype_promotion": "standard",
    "jax_numpy_rank_promotion": "allow",
}
"""What the same config gives the same numbers under, by JAX's names; a part of a run's identity.

Float64 is switched on inside, see `in_float64`.  Products: a GPU would round the factors of
float32 to the ten bits of TF32.
"""

DECIDING = ("fast", "precision", "prec_")
"""What the names of those flags of XLA have in them that change how numbers are rounded."""

HELPS_TO_DEBUG: dict[str, object] = {
    "jax_array_garbage_collection_guard": "allow",
    "jax_check_tracer_leaks": False,
    "jax_debug_infs": False,
    "jax_debug_key_reuse": False,
    "jax_debug_nans": False,
    "jax_disable_jit": False,
    "jax_enable_checks": False,
    "jax_error_checking_behavior_divide": "ignore",
    "jax_error_checking_behavior_nan": "ignore",
    "jax_error_checking_behavior_oob": "ignore",
    "jax_explicit_x64_dtypes": "warn",
    "jax_legacy_prng_key": "allow",
    "jax_no_execution": False,
    "jax_no_tracing": False,
    "jax_raise_persistent_cache_errors": False,
    "jax_transfer_guard_device_to_device": "allow",
    "jax_transfer_guard_device_to_host": "allow",
    "jax_transfer_guard_host_to_device": "allow",
}
"""What would end a run, or be slow, and changes no number: switched off."""

READ_BY_JAX = ("JAX_", "XLA_", "PJRT_")
"""Environment variables that JAX reads when it is imported, and when it starts its devices."""

DEVICES_FLAG = "xla_force_host_platform_device_count"
"""That of XLA by which its user says how many devices to take the CPU for."""

READ_XLA_FLAGS = """
from contextlib import suppress
with suppress(Exception):
    from jaxlib.xla_client import make_cpu_client
    make_cpu_client()
print("read")
"""
"""Ends the process where they cannot be read; takes no accelerator."""

START_JAX = """
from nnuniverse.errors import NNUniverseError
from nnuniverse.numerical_settings import require_jax
try:
    require_jax()
except NNUniverseError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def deciding_flags() -> dict[str, str]:
    """Return those of the user's flags of XLA that decide numbers, as another such setting.

    They hold for the whole process, so that they can be known but not pinned; nothing without any.
    """
    flags = os.environ.get("XLA_FLAGS", "").split()
    chosen = sorted(flag for flag in flags if any(part in flag for part in DECIDING))
    return {"XLA_FLAGS": " ".join(chosen)} if chosen else {}


@contextmanager
def numerical_settings(**changed: str | bool | int) -> Iterator[None]:
    """Let JAX and NumPy compute under `NUMERICAL_SETTINGS`, with those ``changed``, here."""
    import numpy as np
    from jax._src.config import config_states  # not every setting has a public name

    wanted = {**HELPS_TO_DEBUG, **NUMERICAL_SETTINGS, **changed}
    with ExitStack() as inside:
        for name, value in wanted.items():
            if name in config_states:  # other versions have others
                inside.enter_context(config_states[name](value))
        # NumPy's own defaults, which a caller may have made exceptions of.
        inside.enter_context(
            np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
        )
        inside.enter_context(programs_kept())
        yield


def pinned(function: Callable[P, T]) -> Callable[P, T]:
    """Let ``function`` compute under `NUMERICAL_SETTINGS`; it raises what `require_jax` does."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        require_jax()
        with numerical_settings():
            return function(*args, **kwargs)

    return wrapper


def require_jax(processors: int = NO_LIMIT) -> None:
    """Import JAX and start its devices: the CPU counts as one for each of its ``processors``.

    ``processors``: the most to use, each by a thread.  JAX that has started stays as it is, and
    what its user has said of the number of devices holds.  Raises
    ConfigError, which names the environment variable, if one keeps JAX from starting, and RunError
    if something else does.
    """
    import_jax()
    import jax

    update: Callable[[str, int], None] = jax.config.update
    processors = min(processors, usable_processors())
    with _blaming(), _limited(processors), numerical_settings():
        if not user_says_devices():
            with suppress(RuntimeError):  # it has started
                update("jax_num_cpu_devices", processors)
        jax.device_put(0.0).block_until_ready()


@cache  # from when JAX starts, its setting says what `require_jax` has chosen
def user_says_devices() -> bool:
    """Return whether flags or settings of JAX say how many devices the CPU counts as."""
    import jax

    return DEVICES_FLAG in os.environ.get("XLA_FLAGS", "") or (
        jax.config.values["jax_num_cpu_devices"] > 0
    )


@cache
def import_jax() -> None:
    """Import JAX; raises what `require_jax` does."""
    if os.environ.get("XLA_FLAGS"):
        _require_readable_flags()
    with _blaming():
        import jax  # noqa: F401


@contextmanager
def _limited(processors: int) -> Iterator[None]:
    """Let what starts inside have so many threads."""
    before = os.environ.get(LIMIT)
    os.environ[LIMIT] = str(processors)
    try:
        yield
    finally:
        del os.environ[LIMIT]
        if before is not None:
            os.environ[LIMIT] = before


@contextmanager
def _blaming() -> Iterator[None]:
    """Raise what keeps JAX from starting as the error that names it."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise _failure(str(error)) from error


def _require_readable_flags() -> None:
    """Raise ConfigError if XLA would end the process for what is in XLA_FLAGS."""
    tried = _in_child(READ_XLA_FLAGS)
    if "read" not in tried.stdout:
        words = [line.partition("] ")[2] for line in tried.stderr.splitlines() if "] " in line]
        raise _at_fault("XLA_FLAGS", words[0] if words else "")


@cache
def require_jax_in_workers() -> None:
    """Raise what `require_jax` would in a process that inherits this one's environment.

    JAX starts in a process that ends at once: in this one it would keep the memory of a GPU from
    the workers.  That is done only if the environment says anything to JAX.  What is wrong with
    their cache is told here, once for all.
    """
    program_cache()
    if any(name.startswith(READ_BY_JAX) for name in os.environ):
        tried = _in_child(START_JAX)
        if tried.returncode == EXIT_USAGE:
            raise ConfigError(tried.stdout)
        if tried.returncode:
            raise RunError(tried.stdout or _cannot_start(""))


def _in_child(code: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a Python that imports from where this one does; no terminal stops it."""
    command = [sys.executable, "-c", f"import sys\nsys.path = sys.argv[1:]\n{code}", *sys.path]
    return subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,
    )


def _failure(reason: str) -> NNUniverseError:
    """Return the error for JAX not starting.

    At fault is the variable that JAX mentions, or else whose value it mentions, or else that is
    set at all.
    """
    given = {k: v for k, v in sorted(os.environ.items()) if k.startswith(READ_BY_JAX) and v}
    mentioned = [name for name in given if name in reason.upper()]
    quoted = [name for name, value in given.items() if value in reason]
    for name in [*mentioned, *quoted, *given]:
        return _at_fault(name, reason)
    return RunError(_cannot_start(reason))


def _cannot_start(reason: str) -> str:
    return must("JAX", "start", f"does not{_because(reason)}", "more memory, or installing it anew")


def _at_fault(variable: str, reason: str) -> ConfigError:
    value = textwrap.shorten(os.environ[variable], 100, placeholder="...")
    return ConfigError(
        f"the environment variable {variable}",
        "let JAX start",
        f"is {value!r}{_because(reason)}",
        f"`unset {variable}`",
    )


def _because(reason: str) -> str:
    """Return what JAX says without its own advice, which is in brackets."""
    told = reason.partition(" (")[0].partition("\n")[0].rstrip(". ")
    return f": {textwrap.shorten(told, 200, placeholder='...')}" if told else ""
