"""tensorflow-datasets without TensorFlow: reading, preparing, and every way it can fail."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.data import tfds_behaviour, tfds_prepare
from nnuniverse.data.dataset import Dataset
from nnuniverse.data.idx import load_idx_directory
from nnuniverse.data.tfds import PACKAGES, load_tfds
from nnuniverse.errors import ConfigError, DataError

tfds: Any = pytest.importorskip("tensorflow_datasets")
pytest.importorskip("array_record")
pillow: Any = pytest.importorskip("PIL.Image")

Digits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
CLOSED_PORT = "http://127.0.0.1:9"


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def prepare(
    data_dir: Path,
    name: str,
    features: dict[str, Any],
    splits: dict[str, list[dict[str, Any]]],
    supervised_keys: tuple[str, str] | None = None,
) -> None:
    """Write a set with the interface of tensorflow-datasets, as any user would."""

    def info(self: Any) -> Any:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=supervised_keys,
        )

    with tfds.core.registered.skip_registration():
        builder_class = type(
            "Tiny",
            (tfds.core.GeneratorBasedBuilder,),
            {
                "__module__": __name__,
                "name": name,
                "VERSION": tfds.core.Version("1.0.0"),
                "_info": info,
                "_split_generators": lambda self, dl_manager: {
                    split: enumerate(examples) for split, examples in splits.items()
                },
                "_generate_examples": lambda self: iter(()),
            },
        )
    with tfds_behaviour.quiet(), tfds_behaviour.preparing(download=False):
        builder_class(data_dir=data_dir).download_and_prepare(file_format="array_record")


def as_examples(images: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    pairs = zip(images, labels, strict=True)
    return [{"image": png(image), "label": int(label)} for image, label in pairs]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, digits: Digits) -> Path:
    """A folder with two prepared sets: ``tiny`` grey images, ``coloured`` ones."""
    folder = tmp_path_factory.mktemp("prepared")
    label = tfds.features.ClassLabel(num_classes=10)
    grey = {"image": tfds.features.Image(shape=(28, 28, 1)), "label": label}
    splits = {"train": as_examples(*digits[:2]), "test": as_examples(*digits[2:])}
    prepare(folder, "tiny", grey, splits, supervised_keys=("image", "label"))
    colours = np.arange(5 * 3 * 4 * 3, dtype=np.uint8).reshape(5, 3, 4, 3)
    coloured = {"label": label, "image": tfds.features.Image(shape=(None, None, 3))}
    prepare(folder, "coloured", coloured, {"only": as_examples(colours, np.arange(5))})
    return folder


def sorted_rows(images: np.ndarray, labels: np.ndarray) -> list[str]:
    """Every (image, label) as a hash, sorted: two sets of samples compared as multisets."""
    rows = images.reshape(len(images), -1)
    return sorted(
        hashlib.sha256(row.tobytes() + bytes([label])).hexdigest()
        for row, label in zip(rows, labels, strict=True)
    )


# --- reading ----------------------------------------------------------------------------------


def test_reads_a_prepared_set(prepared: Path, digits: Digits) -> None:
    dataset = load_tfds("tiny", data_dir=prepared)
    assert (dataset.name, dataset.classes, dataset.shape) == ("tiny", 10, (28, 28))
    assert dataset.source == f"tiny in {prepared}/tiny/1.0.0"
    assert dataset.train.inputs.dtype == np.uint8
    assert dataset.train.inputs.shape == (40, 784)
    assert sorted_rows(dataset.train.inputs, dataset.train.labels) == sorted_rows(*digits[:2])
    assert sorted_rows(dataset.test.inputs, dataset.test.labels) == sorted_rows(*digits[2:])


def test_the_order_is_not_that_of_the_source_but_always_the_same(
    prepared: Path, digits: Digits
) -> None:
    dataset = load_tfds("tiny:1.0.0", data_dir=str(prepared))
    assert not np.array_equal(dataset.train.labels, digits[1])
    assert dataset.fingerprint == load_tfds("tiny", data_dir=prepared).fingerprint


def test_reads_parts_of_splits_in_blocks(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_tfds("tiny", data_dir=prepared)
    monkeypatch.setattr("nnuniverse.data.tfds._BLOCK", 7)
    part = load_tfds("tiny", data_dir=prepared, train_split="train[:17]", test_split="train[17:]")
    np.testing.assert_array_equal(part.train.inputs, whole.train.inputs[:17])
    np.testing.assert_array_equal(part.test.labels, whole.train.labels[17:])


def test_finds_image_and_label_without_supervised_keys_and_keeps_colours(prepared: Path) -> None:
    halves = {"train_split": "only[:4]", "test_split": "only[4:]"}
    dataset = load_tfds("coloured", data_dir=prepared, **halves)  # type: ignore[arg-type]
    assert dataset.shape == (3, 4, 3)
    first = int(dataset.train.labels[0])
    np.testing.assert_array_equal(dataset.train.inputs[0], np.arange(36) + 36 * first)


def test_does_not_import_tensorflow_and_keeps_quiet(prepared: Path, tmp_path: Path) -> None:
    result, seconds = run_python(
        f"dataset = load_tfds('tiny', data_dir={str(prepared)!r}); print(dataset.fingerprint)",
        tmp_path,
    )
    fingerprint, modules = result.stdout.splitlines()
    assert fingerprint == load_tfds("tiny", data_dir=prepared).fingerprint
    assert "tensorflow_datasets" in modules.split()
    assert "tensorflow" not in modules.split()
    assert result.stderr == ""
    assert seconds < 30


def run_python(code: str, scratch: Path, **environment: str) -> tuple[Any, float]:
    """Run code in a fresh process whose home and temporary folders must stay empty."""
    places = {name: scratch / name for name in ("home", "tmp", "work")}
    for place in places.values():
        place.mkdir()
    root = Path(tfds_prepare.__file__).parents[2]
    started = time.monotonic()
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\nfrom nnuniverse.data import *\n{code}\nprint(*sorted(sys.modules))",
        ],
        cwd=places["work"],
        env=os.environ
        | {"HOME": str(places["home"]), "TMPDIR": str(places["tmp"]), "PYTHONPATH": str(root)}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    seconds = time.monotonic() - started
    for place in places.values():
        assert list(place.iterdir()) == []
    return result, seconds


# --- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["train_split", "test_split"])
@pytest.mark.parametrize("split", ["validation", "train[:", "train[:0]", "train[a:b]"])
def test_a_wrong_split(prepared: Path, key: str, split: str) -> None:
    with pytest.raises(ConfigError, match=f"`data.{key}` must be a split of tiny") as caught:
        load_tfds("tiny", data_dir=prepared, **{key: split})  # type: ignore[arg-type]
    assert f"is {split}. Try one of test, train." in str(caught.value)


@pytest.mark.parametrize("name", ["", "my set", "huggingface:mnist", "../mnist", "a/b/c", "tiny:1"])
def test_a_name_that_is_none(prepared: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"`data.name` must be the name of a set"):
        load_tfds(name, data_dir=prepared)


def test_an_unknown_set_configuration_or_version(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`data.name` must be a set of tensorflow-datasets, or"):
        load_tfds("no_such_set", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"name a configuration \(balanced, .* is emnist/runes"):
        load_tfds("emnist/runes", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"a version that mnist has, but is mnist:9.9.9"):
        load_tfds("mnist:9.9.9", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"name a configuration \(none\) .* is mnist/letters"):
        load_tfds("mnist/letters", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_set_needs_tensorflow_to_be_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"cifar10 .* must be prepared as array_record") as caught:
        load_tfds("cifar10", data_dir=tmp_path)
    for remedy in ("tfds build cifar10 --file_format=array_record", "data.data_dir", "data.kind="):
        assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_set_is_prepared_by_its_stock_builder_where_tensorflow_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a machine with TensorFlow; the builder itself is not run here."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    message = "cifar10 .* must be downloaded .* `data.download` is false. Try data.download=true"
    with pytest.raises(DataError, match=message):
        load_tfds("cifar10", data_dir=tmp_path, download=False)


def test_a_set_prepared_in_another_format(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared / "tiny", tmp_path / "tiny")
    path = tmp_path / "tiny" / "1.0.0" / "dataset_info.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fileFormat": "tfrecord"}))
    with pytest.raises(DataError, match=r"as array_record in .*, but is prepared as tfrecord"):
        load_tfds("tiny", data_dir=tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: os.truncate(folder / "tiny-train.array_record-00000-of-00001", 70000),
        lambda folder: os.truncate(folder / "tiny-train.array_record-00000-of-00001", 0),
        lambda folder: (folder / "tiny-train.array_record-00000-of-00001").unlink(),
        lambda folder: (folder / "dataset_info.json").unlink(),
        lambda folder: (folder / "dataset_info.json").write_text("{"),
        lambda folder: (folder / "features.json").write_text("{"),
    ],
)
def test_a_damaged_set(prepared: Path, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    shutil.copytree(prepared / "tiny", tmp_path / "tiny")
    damage(tmp_path / "tiny" / "1.0.0")
    with pytest.raises(DataError, match=r"tiny .* must be readable where it is prepared") as caught:
        load_tfds("tiny", data_dir=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_set_that_cannot_even_be_opened(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Any) -> None:
        raise PermissionError("not yours\nto read")

    module = importlib.import_module("tensorflow_datasets.core.data_sources.array_record")
    monkeypatch.setattr(module.ArrayRecordDataSource, "__post_init__", refuse)
    message = r"must be readable where it is prepared, but cannot \(PermissionError: not yours\)"
    with pytest.raises(DataError, match=message):
        load_tfds("tiny", data_dir=prepared)


def test_images_of_several_sizes(tmp_path: Path) -> None:
    features = {
        "image": tfds.features.Image(shape=(None, None, 1)),
        "label": tfds.features.ClassLabel(num_classes=2),
    }
    sizes = [{"image": png(np.zeros((n, 3), np.uint8)), "label": 0} for n in (3, 4)]
    prepare(tmp_path, "sizes", features, {"train": sizes, "test": sizes})
    with pytest.raises(DataError, match=r"sizes .* must have images of one size, but has some of"):
        load_tfds("sizes", data_dir=tmp_path)


def test_a_set_without_classes(tmp_path: Path) -> None:
    features = {"image": tfds.features.Image(shape=(2, 2, 1)), "age": np.int64}
    examples = [{"image": png(np.zeros((2, 2), np.uint8)), "age": 3}]
    prepare(tmp_path, "ages", features, {"train": examples, "test": examples})
    with pytest.raises(DataError, match=r"one image and one class .* has the features age, image"):
        load_tfds("ages", data_dir=tmp_path)


def test_a_split_without_labels(tmp_path: Path, digits: Digits) -> None:
    """Where labels are withheld, tensorflow-datasets writes -1."""
    features = {
        "image": tfds.features.Image(shape=(28, 28, 1)),
        "label": tfds.features.ClassLabel(num_classes=10),
    }
    withheld = [{"image": png(digits[2][0]), "label": -1}]
    splits = {"train": as_examples(*digits[:2]), "test": withheld}
    prepare(tmp_path, "withheld", features, splits)
    with pytest.raises(DataError, match=r"test split of withheld .* include -1 .* that has labels"):
        load_tfds("withheld", data_dir=tmp_path)


@pytest.mark.parametrize("module", ["tensorflow_datasets", "array_record", "PIL"])
def test_missing_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=r"must find the packages tensorflow-datasets") as caught:
        load_tfds("mnist", data_dir=tmp_path)
    assert f"pip install {' '.join(PACKAGES)}" in str(caught.value)


# --- preparing the relatives of MNIST -----------------------------------------------------------


@pytest.fixture
def accept_checksums(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], None]:
    """Let the files of a folder pass for those that a builder fetches from below a URL."""
    checksums = importlib.import_module("tensorflow_datasets.core.download.checksums")
    checksums.get_all_url_infos()  # remembers the genuine ones, for the rest of the process

    def accept(url: str, folder: Path) -> None:
        infos = {url + file.name: checksums.compute_url_info(file) for file in folder.iterdir()}
        monkeypatch.setattr(checksums, "load_url_infos", lambda path: infos)

    return accept


MNIST_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("mnist", MNIST_URL),
        ("fashion_mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        ("kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    ],
)
def test_prepares_the_relatives_of_mnist(
    tmp_path: Path,
    digits: Digits,
    write_idx_set: Callable[..., Path],
    accept_checksums: Callable[[str, Path], None],
    name: str,
    url: str,
) -> None:
    files = write_idx_set(tmp_path / "files", *digits)
    accept_checksums(url, files)
    dataset = load_tfds(name, data_dir=tmp_path / "data", manual_dir=files, download=False)
    assert (dataset.name, dataset.classes, dataset.shape) == (name, 10, (28, 28))
    assert sorted_rows(dataset.train.inputs, dataset.train.labels) == sorted_rows(*digits[:2])
    assert sorted_rows(dataset.test.inputs, dataset.test.labels) == sorted_rows(*digits[2:])
    # a second time nothing is needed but what is prepared, which the stock builder reads as its own
    shutil.rmtree(files)
    again = load_tfds(name, data_dir=tmp_path / "data", download=False)
    assert again.fingerprint == dataset.fingerprint
    stock = tfds.builder(name, data_dir=tmp_path / "data")
    assert len(stock.as_data_source("train")) == 40


def test_prepares_emnist(
    tmp_path: Path,
    digits: Digits,
    idx_bytes: Callable[[np.ndarray], bytes],
    accept_checksums: Callable[[str, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The archive holds more samples than the builder declares: it takes the first of them."""
    parts = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    files = tmp_path / "files"
    files.mkdir()
    with zipfile.ZipFile(files / "gzip.zip", "w") as bundle:
        for part, array in zip(parts, digits, strict=True):
            content = gzip.compress(idx_bytes(array))
            bundle.writestr(f"gzip/emnist-letters-{part}-ubyte.gz", content)
    accept_checksums("https://biometrics.nist.gov/cs_links/EMNIST/", files)
    stock = importlib.import_module("tensorflow_datasets.image_classification.mnist").EMNIST
    letters = next(config for config in stock.BUILDER_CONFIGS if config.name == "letters")
    monkeypatch.setattr(letters, "train_examples", 30)
    monkeypatch.setattr(letters, "test_examples", 20)
    options: dict[str, Any] = {"data_dir": tmp_path / "data", "manual_dir": files}
    dataset = load_tfds("emnist/letters", **options, download=False)
    assert (dataset.name, dataset.classes, dataset.shape) == ("emnist/letters", 37, (28, 28))
    expected = sorted_rows(digits[0][:30], digits[1][:30])
    assert sorted_rows(dataset.train.inputs, dataset.train.labels) == expected
    assert dataset.test.samples == 20

    monkeypatch.setattr(letters, "test_examples", 21)
    options["data_dir"] = tmp_path / "other"
    with pytest.raises(DataError, match=r"hold 21 images and .* they hold 20 and 20"):
        load_tfds("emnist/letters", **options, download=False)
    with pytest.raises(DataError, match=r"gzip.zip must hold gzip/emnist-digits-train-images"):
        load_tfds("emnist/digits", **options, download=False)


def test_a_file_with_the_wrong_checksum(
    tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path]
) -> None:
    files = write_idx_set(tmp_path / "files", *digits)
    with pytest.raises(DataError, match=r"ubyte.gz must have the SHA-256 checksum") as caught:
        load_tfds("mnist", data_dir=tmp_path / "data", manual_dir=files)
    named = Path(str(caught.value).split(" must ")[0])
    assert named.parent == files
    assert f"but has {hashlib.sha256(named.read_bytes()).hexdigest()}" in str(caught.value)
    assert "data.kind=embedded" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "data" / "mnist").glob("*"))


def test_a_damaged_file_with_the_right_checksum(
    tmp_path: Path,
    digits: Digits,
    write_idx_set: Callable[..., Path],
    accept_checksums: Callable[[str, Path], None],
) -> None:
    files = write_idx_set(tmp_path / "files", digits[0], digits[1][:-1], *digits[2:])
    accept_checksums(MNIST_URL, files)
    options: dict[str, Any] = {"data_dir": tmp_path / "data", "manual_dir": files}
    with pytest.raises(DataError, match=r"hold 40 images and .* they hold 40 and 39"):
        load_tfds("mnist", **options)
    write_idx_set(files, digits[0][:-1], *digits[1:])
    accept_checksums(MNIST_URL, files)
    with pytest.raises(DataError, match=r"hold 39 images and .* they hold 39 and 40"):
        load_tfds("mnist", **options)
    images = files / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:-9])
    accept_checksums(MNIST_URL, files)
    with pytest.raises(DataError, match=f"^{images} must be readable to its end"):
        load_tfds("mnist", **options)


def test_a_wrong_manual_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`data.manual_dir` must name a folder, but is .*none"):
        load_tfds("mnist", data_dir=tmp_path, manual_dir=tmp_path / "none")


def test_a_data_dir_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"mnist .* must be prepared, but cannot"):
        load_tfds("mnist", data_dir=tmp_path / "file", download=False)


def test_a_set_that_another_process_prepared_meanwhile(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_race(tfds: Any, request: Any) -> None:
        shutil.copytree(prepared / "tiny", tmp_path / "tiny")
        raise DataError("the folder is there already")

    monkeypatch.setattr(tfds_prepare, "_prepare", lose_the_race)
    assert load_tfds("tiny", data_dir=tmp_path).train.samples == 40


# --- network ----------------------------------------------------------------------------------


def test_without_network_it_fails_soon_and_says_what_to_do(tmp_path: Path) -> None:
    """In a fresh process whose only way out is a closed port, network or not."""
    data = tmp_path / "data"
    code = (
        "from nnuniverse.errors import DataError\n"
        f"try:\n    load_tfds('mnist', data_dir={str(data)!r})\n"
        "except DataError as error:\n    print(error)"
    )
    result, seconds = run_python(
        code, tmp_path, **dict.fromkeys(PROXIES, CLOSED_PORT), NO_PROXY="", no_proxy=""
    )
    message, modules = result.stdout.splitlines()
    assert message.startswith("mnist of tensorflow-datasets must be downloaded before its first")
    assert "storage.googleapis.com is out of reach, ProxyError" in message
    assert "data.kind=embedded" in message
    assert "data.kind=idx" in message
    assert "tensorflow" not in modules.split()
    assert result.stderr == ""
    assert seconds < 20


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that takes connections and never answers, as a net that drops packets."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_never_answers_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_server: str
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, silent_server)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tfds_behaviour, "REACH_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(DataError, match=r"storage.googleapis.com gave no answer in 0.3 s"):
        load_tfds("mnist", data_dir=tmp_path)
    assert time.monotonic() - started < 5


def test_a_download_in_progress_has_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(tfds_behaviour, "_reach", lambda url: None)
    tfds_behaviour._open_url(
        lambda url, **options: given.update(options, url=url), "http://a/b", download=True, verify=1
    )
    assert given == {"url": "http://a/b", "verify": 1, "timeout": tfds_behaviour.TIMEOUTS}


def test_the_network_is_not_touched_when_it_may_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(DataError, match=r"`data.download` is false. Try data.download=true"):
        load_tfds("mnist", data_dir=tmp_path, download=False)


# --- what it leaves behind ----------------------------------------------------------------------


def test_changes_nothing_in_tensorflow_datasets_for_good(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = "tensorflow_datasets.core"
    downloader = importlib.import_module(f"{core}.download.downloader")
    progress = importlib.import_module(f"{core}.utils.tqdm_utils")
    info = importlib.import_module(f"{core}.dataset_info").DatasetInfo
    absl = importlib.import_module("absl.logging").get_absl_logger()

    def state() -> list[object]:
        return [
            downloader.MAX_RETRIES,
            downloader._open_url,
            progress._active,
            info.initialize_from_bucket,
            absl.level,
            logging.getLogger("urllib3").level,
            sys.stdout,
            sys.stderr,
            tfds.core.registered._skip_registration,
        ]

    for logger in (absl, logging.getLogger("urllib3")):
        monkeypatch.setattr(logger, "level", logging.INFO)
    before = state()
    assert downloader.MAX_RETRIES == 10
    load_tfds("tiny", data_dir=prepared)
    assert state() == before
    with pytest.raises(DataError):
        load_tfds("mnist", data_dir=tmp_path, download=False)
    assert state() == before


def test_says_nothing(
    tmp_path: Path,
    digits: Digits,
    write_idx_set: Callable[..., Path],
    accept_checksums: Callable[[str, Path], None],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    files = write_idx_set(tmp_path / "files", *digits)
    accept_checksums(MNIST_URL, files)
    load_tfds("mnist", data_dir=tmp_path / "data", manual_dir=files)
    with tfds_behaviour.quiet():
        logging.getLogger("urllib3.connectionpool").warning("Retrying")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


# --- the real thing -----------------------------------------------------------------------------


def test_prepares_the_real_mnist(mnist_dir: Path, tmp_path: Path) -> None:
    """The original files through the whole path, in a fresh process, without TensorFlow."""
    data = tmp_path / "data"
    output = tmp_path / "arrays.npz"
    result, _ = run_python(
        "import numpy as np\n"
        f"d = load_tfds('mnist', data_dir={str(data)!r}, manual_dir={str(mnist_dir)!r},"
        " download=False)\n"
        "assert 'tensorflow' not in sys.modules\n"
        f"np.savez({str(output)!r}, x_train=d.train.inputs.reshape(-1, *d.shape),"
        " y_train=d.train.labels, x_test=d.test.inputs.reshape(-1, *d.shape),"
        " y_test=d.test.labels)",
        tmp_path,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    original: Dataset = load_idx_directory(mnist_dir)
    with np.load(output) as arrays:
        assert arrays["x_train"].shape == (60000, 28, 28)
        assert arrays["x_test"].shape == (10000, 28, 28)
        counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        np.testing.assert_array_equal(np.bincount(arrays["y_train"]), counts)
        assert sorted_rows(arrays["x_train"], arrays["y_train"]) == sorted_rows(
            original.train.inputs, original.train.labels
        )
        assert sorted_rows(arrays["x_test"], arrays["y_test"]) == sorted_rows(
            original.test.inputs, original.test.labels
        )
