"""The command line, ``nnu``; importing it loads next to nothing, so that `main` guards the rest."""

from __future__ import annotations

import sys

from nnuniverse.cli.shortage import shortage_as_memory_error
from nnuniverse.cli.stopping import Interruption
from nnuniverse.cli.streams import prepare_streams, require_written, tell
from nnuniverse.errors import EXIT_FAILED, EXIT_SIGINT, NNUniverseError, must


def main() -> None:
    """Run ``nnu``; a failure is one line on stderr and the exit code of its kind.

    Exit code 130, as shells have it, is that of SIGINT where there is nothing to resume.  A reader
    of stdout that has gone has read enough: that is no failure.
    """
    output = prepare_streams()
    interruption = Interruption()
    try:
        with shortage_as_memory_error():
            from nnuniverse.cli.app import app

            interruption.begun = True
            app()
    except SystemExit as ending:
        require_written(output, ending.code)
        raise
    except KeyboardInterrupt:
        sys.exit(EXIT_SIGINT)
    except NNUniverseError as error:
        tell(f"nnu: {error}")
        sys.exit(error.exit_code)
    except MemoryError as error:
        failure = must("the run", "fit into memory", str(error) or "does not", "a smaller net")
        tell(f"nnu: {failure}")
        sys.exit(EXIT_FAILED)
    except OSError as error:
        failure = must("output", "be writable", f"{error.strerror}", "another place for it")
        tell(f"nnu: {failure}")
        sys.exit(EXIT_FAILED)
