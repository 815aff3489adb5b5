"""These tests need the Slurm that run.sh starts; without it they are not collected."""

from __future__ import annotations

import os

collect_ignore = [] if "NNU_SLURM_PIDS" in os.environ else ["test_slurm.py"]
