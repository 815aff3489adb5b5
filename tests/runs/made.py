"""Run folders as training begins them: config and provenance, and no results yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nnuniverse.config import config_yaml, parse_config
from nnuniverse.runs import Provenance, RunFolder, create_run_folder

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def begin(
    root: Path, *overrides: str, second: int = 0, fingerprint: str = "f", **facts: Any
) -> RunFolder:
    """Make the folder of a run whose config has ``overrides``; ``facts``: of its segment."""
    config = parse_config({}, overrides)
    started = NOON + timedelta(seconds=second)
    folder = create_run_folder(root, config.name, config.hash(), started)
    folder.config.write_text(config_yaml(config))
    provenance = Provenance.create(folder.provenance, data={"fingerprint": fingerprint})
    provenance.begin_segment(**facts)
    return folder
