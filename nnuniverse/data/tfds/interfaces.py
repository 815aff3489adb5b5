"""What is asked of the objects of tensorflow-datasets, which has no types of its own for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

from numpy.typing import ArrayLike

Opener = Callable[[], AbstractContextManager[tuple[IO[bytes], str]]]
"""Opens a file: gives its stream, and its name for messages."""


class FileFormat(Protocol):
    """A format that a set is prepared in."""

    value: str


class Info(Protocol):
    """What a set says of itself; ``features``: by name, of whatever classes they are."""

    features: Mapping[str, Any]
    splits: Iterable[str]
    supervised_keys: object

    def available_file_formats(self) -> Iterable[FileFormat]:
        """Return the formats in which it lies on disk."""


class RecordSource(Protocol):
    """A split of a set that is read by number."""

    def __len__(self) -> int:
        """Return how many examples there are."""

    def __getitems__(self, numbers: list[int]) -> Sequence[Mapping[str, ArrayLike]]:
        """Return the examples of these numbers, each by the name of the feature."""


class Builder(Protocol):
    """What prepares a set, and reads it."""

    info: Info
    data_dir: str

    def download_and_prepare(self, *, file_format: str, download_config: object) -> None:
        """Write the set to ``data_dir``.

        ``file_format``: in which it is kept; ``download_config``: how it is fetched.
        """

    def as_data_source(self, *, split: str, file_format: str) -> RecordSource:
        """Open a split of it.

        ``file_format``: in which it is kept.
        """


class BuilderClass(Protocol):
    """A class of builders; ``builder_configs``: its configurations by name."""

    builder_configs: Mapping[str, object]

    def __call__(self, *, config: str | None, version: str | None, **options: str) -> Builder:
        """Make a builder of one configuration and version."""


class BuilderConfig(Protocol):
    """A configuration of a set."""

    name: str


class DownloadingBuilder(Protocol):
    """A builder while it fetches what lies at its ``URL``."""

    URL: str
    builder_config: BuilderConfig

    def _generate_examples(
        self, images_file: Opener, labels_file: Opener, declared: int | None
    ) -> object: ...


class Downloads(Protocol):
    """What fetches files."""

    def download(self, urls: str | dict[str, str]) -> Any:
        """Return the path of a file, or those of several by name: of the form of ``urls``."""
