"""What is said where nothing can be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.errors import NotWritableError
from nnuniverse.runs.atomic import replace_file


def test_a_file_system_that_can_only_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, removing what was never written fails too, and must not hide why."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for method in ("open", "touch", "write_bytes", "unlink"):
        monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(NotWritableError, match=r"must be writable, but .* Read-only file system"):
        replace_file(tmp_path / "analysis.h5", b"content")
