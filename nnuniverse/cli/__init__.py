"""The command line, ``nnu``; importing it loads next to nothing, so that `main` guards the rest."""

from __future__ import annotations

import sys

from nnuniverse.errors import NNUniverseError, RunError, system_failure


def main() -> None:
    """Run ``nnu``; a failure is one line on stderr and the exit code of its kind.

    SIGINT, where there is nothing to resume, is exit code 130.  A reader of stdout that has gone
    has read enough, which is no failure.
    """
    from nnuniverse.cli.stopping import end_on_interrupt

    end_on_interrupt()  # before anything is loaded that takes time

    from nnuniverse.cli.display.streams import prepare_streams, require_written, tell
    from nnuniverse.cli.shortage import shortage_as_memory_error

    output = prepare_streams()
    try:
        with shortage_as_memory_error():
            from nnuniverse.cli.app import app

            app()
    except SystemExit as ending:
        require_written(output, ending.code)
        raise
    except NNUniverseError as error:
        failure = error
    except MemoryError as error:
        failure = RunError("the run", "fit into memory", str(error) or "does not", "a smaller net")
    except OSError as error:
        failure = system_failure(error)
    else:
        return
    tell(f"nnu: {failure}")
    require_written(output, failure.exit_code)
    sys.exit(failure.exit_code)
