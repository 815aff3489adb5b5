"""What holds for all tests."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

# JAX's own cache of compiled programs, empty when the tests begin: workers, and processes that
# the tests start, use what one of them has compiled.  JAX reads these when it is imported.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    COMPILED = tempfile.mkdtemp(prefix="nnu-compiled-")
    atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
    os.environ |= {
        "JAX_COMPILATION_CACHE_DIR": COMPILED,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }

# No test depends on the time that it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
