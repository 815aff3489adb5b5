"""What only Unix has is not needed to list and analyse runs; docs/platforms.md says what is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WITHOUT = """
import os, signal, sys

for name in ("fork", "register_at_fork", "sched_getaffinity", "getuid", "killpg", "O_NOFOLLOW",
             "O_NONBLOCK", "O_DIRECTORY", "mkfifo"):
    delattr(os, name)
for name in ("SIGKILL", "SIGALRM", "SIGHUP", "SIGPIPE", "alarm", "pthread_sigmask"):
    delattr(signal, name)
sys.modules["fcntl"] = None
os.supports_dir_fd.clear()

from nnuniverse.cli import main
for arguments in (["runs"], ["config", "template"], ["analyze", "deep"]):
    sys.argv = ["nnu", *arguments]
    try:
        main()
    except SystemExit as ended:
        print(arguments, ended.code, file=sys.stderr)
"""


def test_commands_start_without_what_windows_lacks(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "['config', 'template'] 0" in done.stderr, done.stderr
    assert "['runs'] 0" in done.stderr, done.stderr
    assert "['analyze', 'deep'] 2" in done.stderr, done.stderr
