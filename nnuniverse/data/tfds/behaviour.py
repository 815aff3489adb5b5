"""Behaviour of tensorflow-datasets that is changed while it works for us, and undone after.

As it comes, it prints to stdout and stderr, waits minutes for a server that is out of reach,
and leaves empty folders in the place for temporary files.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

REACH_SECONDS = 15.0
"""How long to wait for any answer of a server before it counts as out of reach."""

RETRIES = 2
"""Retries of a download; the 10 of tensorflow-datasets take minutes to fail."""

TIMEOUTS = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes of a download; stock: for ever."""


class UnreachableError(Exception):
    """A server gave no answer, or was not to be asked."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep tensorflow-datasets from drawing progress bars and from logging."""
    progress = importlib.import_module("tensorflow_datasets.core.utils.tqdm_utils")
    absl_logging = importlib.import_module("absl.logging")
    with (
        _replaced(progress, "_active", False),
        _silenced(absl_logging.get_absl_logger()),
        _silenced(logging.getLogger("urllib3")),
    ):
        yield


@contextlib.contextmanager
def preparing(*, download: bool) -> Iterator[None]:
    """Keep it from printing, waiting for ever, and writing outside its folder.

    Inside, every download fails with `UnreachableError` unless ``download``.
    """
    downloader = importlib.import_module("tensorflow_datasets.core.download.downloader")
    info = importlib.import_module("tensorflow_datasets.core.dataset_info").DatasetInfo
    open_url = functools.partial(_open_url, downloader._open_url, download=download)
    with (
        _replaced(downloader, "MAX_RETRIES", RETRIES),
        _replaced(downloader, "_open_url", open_url),
        # all it does by now is to make a temporary folder and leave it behind
        _replaced(info, "initialize_from_bucket", lambda self: None),
        contextlib.redirect_stdout(io.StringIO()),
        _no_download_left(downloader),
    ):
        yield


@contextlib.contextmanager
def _no_download_left(downloader: ModuleType) -> Iterator[None]:
    """Wait for what is being downloaded: after a failure the other files would go on unchanged."""
    executors: list[Executor] = []

    def get_downloader(*arguments: object, **options: object) -> object:
        made = downloader._Downloader(*arguments, **options)  # not the one that all share
        executors.append(made._executor)
        return made

    with _replaced(downloader, "get_downloader", get_downloader):
        try:
            yield
        finally:
            for executor in executors:
                executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _replaced(owner: ModuleType | type, name: str, value: object) -> Iterator[None]:
    previous = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, previous)


@contextlib.contextmanager
def _silenced(logger: logging.Logger) -> Iterator[None]:
    previous = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(previous)


def _open_url(stock: Callable[..., T], url: str, *, download: bool, **options: object) -> T:
    """Open a URL as tensorflow-datasets does, but never wait for ever."""
    if not download:
        raise UnreachableError("`data.download` is false")
    _reach(url)
    return stock(url, **{"timeout": TIMEOUTS, **options})


def _reach(url: str) -> None:
    """Raise `UnreachableError` unless the server answers something within `REACH_SECONDS`.

    A net that drops packets holds a connection for minutes, once for each address of the
    server and each retry; a thread that can be left behind bounds them all together.
    """
    if not url.startswith("http"):
        return
    requests = importlib.import_module("requests")
    answer: list[Exception | None] = []

    def ask() -> None:
        try:
            requests.head(url, timeout=TIMEOUTS, allow_redirects=False)
        except Exception as error:  # handed over to the thread that waits
            answer.append(error)
        else:
            answer.append(None)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    server = url.split("/")[2]
    if not answer:
        raise UnreachableError(f"{server} gave no answer in {REACH_SECONDS:g} s")
    if answer[0] is not None:
        raise UnreachableError(f"{server} is out of reach, {type(answer[0]).__name__}")
