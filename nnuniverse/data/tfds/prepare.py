"""Finding a set of tensorflow-datasets on disk, or preparing it there without TensorFlow.

The stock builders of the relatives of MNIST use TensorFlow only to open files and to encode
images; this file replaces the two methods that do.  The samples and their keys, on which the
order depends, are those of the stock builder (the bytes of a PNG may differ), and what is
written stays usable by other programs.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, NamedTuple, cast

from nnuniverse.data.idx import parse_idx
from nnuniverse.data.tfds.behaviour import UnreachableError, preparing
from nnuniverse.data.tfds.interfaces import (
    Builder,
    BuilderClass,
    DownloadingBuilder,
    Downloads,
    Opener,
)
from nnuniverse.errors import ConfigError, DataError, NNUniverseError

FILE_FORMAT = "array_record"
"""The one format that is read without TensorFlow and written without losing samples."""

WITHOUT_TENSORFLOW = {
    "mnist": "MNIST",
    "fashion_mnist": "FashionMNIST",
    "kmnist": "KMNIST",
    "emnist": "EMNIST",
}
"""Sets that are prepared here, and the class of tensorflow-datasets each one extends."""

WAYS_OUT = "data.kind=embedded, or data.kind=idx with files fetched elsewhere"


@dataclass(frozen=True)
class Request:
    """Which set, where it is or will be prepared, and from what."""

    name: str
    config: str | None
    version: str | None
    data_dir: Path | None
    manual_dir: Path | None
    download: bool

    @property
    def text(self) -> str:
        """The set as tensorflow-datasets writes it: name/config:version."""
        config = f"/{self.config}" if self.config else ""
        return self.name + config + (f":{self.version}" if self.version else "")

    @property
    def options(self) -> dict[str, str]:
        """The keyword that says where, left out for the default of tensorflow-datasets."""
        return {} if self.data_dir is None else {"data_dir": os.fspath(self.data_dir)}


def prepared_builder(tfds: ModuleType, request: Request) -> Builder:
    """Return a builder that reads the set from disk, where it is prepared first if need be.

    ``tfds``: the module.  Raises `ConfigError` for an unknown set, configuration or version;
    `DataError` if it cannot be prepared, or is there in a format other than `FILE_FORMAT`.

    ``request``: which set, and where it is kept.
    """
    builder = _builder_on_disk(tfds, request)
    if builder is None:
        try:
            with preparing(download=request.download):
                _prepare(tfds, request)
        except NNUniverseError:
            builder = _builder_on_disk(tfds, request)
            if builder is None:  # unless another process prepared it in the meantime
                raise
        builder = builder or _builder_on_disk(tfds, request)
    if builder is None:
        raise _not_prepared(request, "is there, but incomplete")
    formats = sorted(each.value for each in builder.info.available_file_formats())
    if FILE_FORMAT not in formats:
        raise _not_prepared(request, f"is prepared as {', '.join(formats)} in {builder.data_dir}")
    return builder


def failed(request: Request, requirement: str, error: Exception) -> DataError:
    """Word what tensorflow-datasets raised, of which only the first line is kept.

    ``request``: which data set, and where it is kept; ``requirement``: what must hold; ``error``:
    as it was raised.
    """
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return DataError(
        f"{request.text} of tensorflow-datasets",
        requirement,
        f"cannot ({reason})",
        f"another data.data_dir, or {WAYS_OUT}",
    )


def _builder_on_disk(tfds: ModuleType, request: Request) -> Builder | None:
    """Return a builder of the set as it lies in ``data_dir``, or None if it is not there."""
    try:
        return tfds.core.read_only_builder.builder_from_files(request.text, **request.options)
    except tfds.core.DatasetNotFoundError:
        return None
    except Exception as error:  # whatever it finds wrong with the files
        raise failed(request, "be readable where it is prepared", error) from error


def _prepare(tfds: ModuleType, request: Request) -> None:
    builder = _builder_without_tensorflow(tfds, request) or _stock_builder(tfds, request)
    config = tfds.download.DownloadConfig(
        manual_dir=None if request.manual_dir is None else os.fspath(request.manual_dir),
        try_download_gcs=False,
    )
    download = importlib.import_module("tensorflow_datasets.core.download")
    requests = importlib.import_module("requests")
    try:
        builder.download_and_prepare(file_format=FILE_FORMAT, download_config=config)
    except NNUniverseError:
        raise
    except download.download_manager.NonMatchingChecksumError as error:
        raise _wrong_checksum(request, error) from error
    except (UnreachableError, requests.RequestException, download.util.DownloadError) as error:
        allow = "" if request.download else "data.download=true, "
        raise DataError(
            f"{request.text} of tensorflow-datasets",
            "be downloaded before its first use",
            f"cannot be: {error}",
            f"{allow}data.manual_dir with the original files, or {WAYS_OUT}",
        ) from error
    except Exception as error:  # a stock builder may raise anything
        raise failed(request, "be prepared", error) from error


def _stock_builder(tfds: ModuleType, request: Request) -> Builder:
    """Return the builder of tensorflow-datasets itself, where TensorFlow is there to run it."""
    try:
        builder_class = tfds.builder_cls(request.name)
    except tfds.core.DatasetNotFoundError as error:
        raise ConfigError(
            "`data.name`",
            "be a set of tensorflow-datasets, or one prepared in `data.data_dir`",
            f"is {request.name}",
            "data.name=mnist",
        ) from error
    except Exception as error:  # the module of the set needs what is not installed
        raise failed(request, "be known to tensorflow-datasets", error) from error
    if importlib.util.find_spec("tensorflow") is None:
        raise _not_prepared(request, "is not prepared, and preparing it needs TensorFlow")
    return _built(builder_class, request)


def _built(builder_class: BuilderClass, request: Request) -> Builder:
    try:
        return builder_class(config=request.config, version=request.version, **request.options)
    except (ValueError, AssertionError) as error:
        known = ", ".join(sorted(builder_class.builder_configs)) or "none"
        raise ConfigError(
            "`data.name`",
            f"name a configuration ({known}) and a version that {request.name} has",
            f"is {request.text}",
            f"data.name={request.name}",
        ) from error


class _Openers(NamedTuple):
    """What opens the four files of a set, each giving the stream and its name for messages."""

    train_images: Opener
    train_labels: Opener
    test_images: Opener
    test_labels: Opener


def _builder_without_tensorflow(tfds: ModuleType, request: Request) -> Builder | None:
    """Return a builder of one of `WITHOUT_TENSORFLOW`, or None for any other set."""
    class_name = WITHOUT_TENSORFLOW.get(request.name)
    if class_name is None:
        return None
    module = importlib.import_module("tensorflow_datasets.image_classification.mnist")
    stock = getattr(module, class_name)
    fetch = _fetch_zipped if request.name == "emnist" else _fetch_four

    def split_generators(self: DownloadingBuilder, dl_manager: Downloads) -> Mapping[str, object]:
        files = fetch(self, dl_manager)
        config = self.builder_config
        return {
            "train": self._generate_examples(
                files.train_images, files.train_labels, getattr(config, "train_examples", None)
            ),
            "test": self._generate_examples(
                files.test_images, files.test_labels, getattr(config, "test_examples", None)
            ),
        }

    # With the name and module of the stock class, the checksums are found and what is written
    # says so; registered, it would collide with that class.
    with tfds.core.registered.skip_registration():
        builder_class = type(
            class_name,
            (stock,),
            {
                "__module__": stock.__module__,
                "name": request.name,
                "_split_generators": split_generators,
                "_generate_examples": staticmethod(_examples),
            },
        )
    return _built(cast(BuilderClass, builder_class), request)  # as the stock class is


def _fetch_four(builder: DownloadingBuilder, dl_manager: Downloads) -> _Openers:
    """Fetch the four gzipped IDX files that lie beside each other at the builder's URL."""
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    paths = dl_manager.download({name: builder.URL + name for name in names})
    return _Openers(*(functools.partial(_open_file, Path(paths[name])) for name in names))


def _fetch_zipped(builder: DownloadingBuilder, dl_manager: Downloads) -> _Openers:
    """Fetch the zip archive that holds the gzipped IDX files of every configuration of EMNIST."""
    archive = Path(dl_manager.download(builder.URL))
    parts = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    members = (f"gzip/emnist-{builder.builder_config.name}-{part}-ubyte.gz" for part in parts)
    return _Openers(*(functools.partial(_open_member, archive, member) for member in members))


@contextlib.contextmanager
def _open_file(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    with path.open("rb") as stream:
        yield stream, str(path)


@contextlib.contextmanager
def _open_member(archive: Path, member: str) -> Iterator[tuple[IO[bytes], str]]:
    try:
        with zipfile.ZipFile(archive) as bundle, bundle.open(member) as stream:
            yield stream, f"{member} in {archive}"
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(
            str(archive), f"hold {member}", f"does not: {error}", "fetching the file again"
        ) from error


def _examples(
    images_file: Opener,
    labels_file: Opener,
    declared: int | None,
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, example) of the first ``declared`` samples, or of all, images as PNG."""
    pillow = importlib.import_module("PIL.Image")
    with images_file() as (stream, images_name):
        images = parse_idx(stream, images_name)
    with labels_file() as (stream, labels_name):
        labels = parse_idx(stream, labels_name)
    samples = len(images) if declared is None else declared
    if min(len(images), len(labels)) < samples or len(images) != len(labels):
        raise DataError(
            images_name,
            f"hold {samples} images and {labels_name} a label for each",
            f"they hold {len(images)} and {len(labels)}",
            "fetching both again",
        )
    for number in range(samples):
        png = io.BytesIO()
        pillow.fromarray(images[number]).save(png, "PNG")
        yield number, {"image": png.getvalue(), "label": int(labels[number])}


def _not_prepared(request: Request, actual: str) -> DataError:
    where = request.data_dir or "the default folder of tensorflow-datasets"
    return DataError(
        f"{request.text} of tensorflow-datasets",
        f"be prepared as {FILE_FORMAT} in {where}",
        actual,
        f"`tfds build {request.text} --file_format={FILE_FORMAT}` on a machine with TensorFlow"
        " and data.data_dir with the folder it wrote,"
        f" one of {', '.join(WITHOUT_TENSORFLOW)}, or {WAYS_OUT}",
    )


def _wrong_checksum(request: Request, error: Exception) -> DataError:
    """Name the file and the two checksums that the stock message spreads over lines."""
    text = str(error)
    path = re.search(r"downloaded to (.+), has wrong checksum", text)
    sums = re.findall(r"checksum='([0-9a-f]{64})'", text)
    if path is None or len(sums) != 2:
        return failed(request, "be prepared from files with the right checksum", error)
    return DataError(
        path[1],
        f"have the SHA-256 checksum {sums[0]}",
        f"has {sums[1]}",
        f"fetching the file again, or {WAYS_OUT}",
    )
