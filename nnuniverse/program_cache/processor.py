"""For what XLA makes machine code: the processor, and the number of threads.

Code for another processor may end the process (SIGILL); code that shares its work out among another
number of threads rounds otherwise.  JAX's keys have neither.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from nnuniverse.processors import LIMIT, affine_processors

CPUINFO = Path("/proc/cpuinfo")

DECIDING = frozenset(
    {
        # x86
        *("vendor_id", "cpu family", "model", "model name", "stepping", "flags"),
        # ARM
        *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "Features"),
        # POWER, RISC-V, Z
        *("cpu", "isa", "uarch", "features"),
    }
)
"""Lines of Linux's description that say for what a compiler makes code; others change by the hour,
as does the frequency."""

SYSCTL = ("/usr/sbin/sysctl", "machdep.cpu", "hw.cputype", "hw.cpusubtype", "hw.optional")
"""What says so on macOS."""

SAY_THREADS = ("PJRT_NPROC", LIMIT)
"""Environment variables by which XLA is told how many threads to make, instead of one each for the
processors that the process may use."""


def processor() -> str | None:
    """Return a description of this machine's processors, equal only if code of one suits the other.

    None if the system gives none.
    """
    try:
        lines = _on_macos() if sys.platform == "darwin" else _on_linux()
    except (OSError, subprocess.SubprocessError):
        return None
    return "\n".join([platform.machine(), *lines]) if lines else None


def threads() -> str:
    """Return what the number of XLA's threads is made of, as XLA finds it when it starts."""
    told = [os.environ.get(name, "") for name in SAY_THREADS]
    if not any(text.isdecimal() for text in told):
        told.append(str(affine_processors()))
    return " ".join(told)


def _on_linux() -> list[str]:
    """Return the deciding lines, each once: some machines have processors of two kinds."""
    text = CPUINFO.read_text(encoding="utf-8", errors="replace")
    return sorted({line for line in text.splitlines() if line.split(":")[0].strip() in DECIDING})


def _on_macos() -> list[str]:
    told = subprocess.run(  # noqa: S603
        SYSCTL, capture_output=True, text=True, errors="replace", check=False, timeout=10.0
    )
    return told.stdout.splitlines()
