"""The spectrum of a graph of 20,000 neurons: seconds, memory, and the error of its traces."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """
network:
  kind: graph
  neurons: {neurons}
  mask: {{kind: random, links: 10}}
  inputs: []
  outputs: []
  initialiser: {{gain: 0.5}}
"""


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.yaml"
        path.write_text(CONFIG.format(neurons=20000))
        started = time.perf_counter()
        found = _spectrum(path)
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    traces = [found["traces"][name] for name in ("mu2", "negative_laplacian[1]")]
    errors = [100 * trace["error"] / trace["value"] for trace in traces]
    return [
        ("spectrum of 20,000 neurons, 10 links each, seconds", f"{seconds:.0f}", "<= 15"),
        ("  memory, GiB", f"{memory:.2f}", "<= 4"),
        ("  standard error of mu_2 and -Laplacian F, %", f"{max(errors):.2f}", "<= 1"),
    ]


def _spectrum(path: Path) -> dict:
    command = [sys.executable, "-m", "nnuniverse", "spectrum", str(path), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
