"""Sets that are prepared on first use, the network or its lack, and what is left behind."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import logging
import shutil
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tfds_sets import Digits, run_python, sorted_rows, tfds

from nnuniverse.data.dataset import Dataset
from nnuniverse.data.idx import load_idx_directory
from nnuniverse.data.tfds import behaviour as tfds_behaviour
from nnuniverse.data.tfds import prepare as tfds_prepare
from nnuniverse.data.tfds.load import load_tfds
from nnuniverse.errors import ConfigError, DataError

# With the tests of reading: the package is imported once.
pytestmark = pytest.mark.xdist_group("tfds")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
CLOSED_PORT = "http://127.0.0.1:9"
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


def test_no_download_goes_on_after_another_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the four files fails while another, which is slower, has begun."""
    begun: list[str] = []
    ended: list[str] = []
    another = threading.Event()

    def reach(url: str) -> None:
        begun.append(url)
        if len(begun) == 1:
            assert another.wait(60)
        else:
            another.set()
            time.sleep(0.5)
        ended.append(url)
        raise tfds_behaviour.UnreachableError("not here")

    monkeypatch.setattr(tfds_behaviour, "_reach", reach)
    with pytest.raises(DataError, match="must be downloaded before its first use"):
        load_tfds("mnist", data_dir=tmp_path)
    assert sorted(ended) == sorted(begun)


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
