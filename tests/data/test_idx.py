"""IDX files: whole ones are read as written, damaged ones are refused in one line."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnuniverse.data.idx import (
    find_idx,
    load_idx,
    load_idx_directory,
    parse_idx,
    read_idx,
)
from nnuniverse.errors import ConfigError, DataError

Digits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
IdxBytes = Callable[[np.ndarray], bytes]

DTYPES = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"])
ARRAYS = DTYPES.flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    )
)


def parse(content: bytes) -> np.ndarray:
    return parse_idx(io.BytesIO(content), "the file")


def parse_or_refuse(content: bytes) -> np.ndarray | None:
    """Return the array, or None after a `DataError` of one line that names the file."""
    try:
        return parse(content)
    except DataError as error:
        message = str(error)
    assert message.startswith("the file must ")
    assert "\n" not in message
    return None


# --- whole files ------------------------------------------------------------------------------


@given(array=ARRAYS, zipped=st.booleans())
def test_roundtrip(array: np.ndarray, zipped: bool, idx_bytes: IdxBytes) -> None:
    content = idx_bytes(array)
    read = parse(gzip.compress(content, mtime=0) if zipped else content)
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


def test_reads_a_file_written_by_hand() -> None:
    content = bytes.fromhex("00 00 0B 02 00000002 00000003 0001 0002 0003 FFFF FFFE 0100")
    np.testing.assert_array_equal(parse(content), np.array([[1, 2, 3], [-1, -2, 256]], np.int16))


def test_the_content_decides_whether_it_is_gzipped(tmp_path: Path, idx_bytes: IdxBytes) -> None:
    array = np.arange(6, dtype=np.uint8)
    (tmp_path / "plain.gz").write_bytes(idx_bytes(array))
    (tmp_path / "zipped").write_bytes(gzip.compress(idx_bytes(array), mtime=0))
    np.testing.assert_array_equal(read_idx(tmp_path / "plain.gz"), array)
    np.testing.assert_array_equal(read_idx(str(tmp_path / "zipped")), array)


# --- damaged files ----------------------------------------------------------------------------


@given(array=ARRAYS, zipped=st.booleans(), data=st.data())
def test_any_truncation_is_refused(
    array: np.ndarray, zipped: bool, data: st.DataObject, idx_bytes: IdxBytes
) -> None:
    content = gzip.compress(idx_bytes(array), mtime=0) if zipped else idx_bytes(array)
    cut = data.draw(st.integers(0, len(content) - 1))
    assert parse_or_refuse(content[:cut]) is None


@given(array=ARRAYS, zipped=st.booleans(), more=st.binary(min_size=1, max_size=9))
def test_trailing_bytes_are_refused(
    array: np.ndarray, zipped: bool, more: bytes, idx_bytes: IdxBytes
) -> None:
    content = idx_bytes(array) + more
    assert parse_or_refuse(gzip.compress(content, mtime=0) if zipped else content) is None


@given(array=ARRAYS, data=st.data(), value=st.integers(0, 255))
def test_a_changed_header_byte_gives_an_array_or_a_data_error(
    array: np.ndarray, data: st.DataObject, value: int, idx_bytes: IdxBytes
) -> None:
    content = bytearray(idx_bytes(array))
    content[data.draw(st.integers(0, 4 + 4 * array.ndim - 1))] = value
    read = parse_or_refuse(bytes(content))
    if read is not None:
        assert 4 + 4 * read.ndim + read.nbytes == len(content)


@given(array=ARRAYS, data=st.data(), value=st.integers(0, 255))
def test_a_changed_byte_of_a_gzip_gives_the_array_or_a_data_error(
    array: np.ndarray, data: st.DataObject, value: int, idx_bytes: IdxBytes
) -> None:
    content = bytearray(gzip.compress(idx_bytes(array), mtime=0))
    position = data.draw(st.integers(2, len(content) - 1))
    content[position] = value
    read = parse_or_refuse(bytes(content))
    if read is not None:
        np.testing.assert_array_equal(read, array)


@settings(max_examples=300)
@given(
    content=st.one_of(
        st.binary(max_size=64),
        st.binary(max_size=64).map(lambda tail: b"\x1f\x8b\x08" + tail),
        st.binary(max_size=64).map(lambda tail: b"\x00\x00\x08" + tail),
        st.binary(max_size=64).map(lambda tail: gzip.compress(b"\x00\x00\x0e" + tail, mtime=0)),
    )
)
def test_random_bytes_raise_nothing_but_a_data_error(content: bytes) -> None:
    parse_or_refuse(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "hold an IDX header, but has only 0 bytes"),
        (b"\0\0\x08", "hold an IDX header, but has only 3 bytes"),
        (b"PK\x03\x04aaaa", "start with the two zero bytes .* starts with 50 4b 03"),
        (b"PK\x08\0a", "start with the two zero bytes .* starts with 50 4b 08"),
        (b"\0\0\x0a\x01\0\0\0\0", "start with .* type byte .* starts with 00 00 0a"),
        (b"\0\0\x08\x02\0\0\0\1", "hold the 2 lengths its header announces, but ends before"),
        (b"\0\0\x08\x01\0\0\0\5abcd", "hold the 5 bytes .* but holds only 4"),
        (b"\0\0\x08\x01\0\0\0\3abcd", "hold the 3 bytes .* but holds more"),
        (b"\0\0\x08\x41" + b"\0\0\0\1" * 0x41 + b"a", "have dimensions that an array can have"),
        (b"\0\0\x08\x04" + b"\0\0\0\0" + b"\xff" * 12, "have dimensions that an array can have"),
        (gzip.compress(b"\0\0\x08\x00a", mtime=0)[:-3], "be readable to its end"),
        (gzip.compress(b"\0\0\x08\x00a", mtime=0) + b"junk", "be readable to its end"),
        (gzip.compress(b"\0\0\x08\x00a", mtime=0)[:10] + b"\xff" * 20, "be readable to its end"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path} must ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("zipped", [False, True])
def test_memory_is_not_taken_on_the_word_of_the_header(zipped: bool) -> None:
    claim = struct.pack(">BBBB3I", 0, 0, 8, 3, 60000, 28000, 28000)
    content = gzip.compress(claim, mtime=0) if zipped else claim
    tracemalloc.start()
    try:
        assert parse_or_refuse(content) is None
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_missing_file_is_a_wrong_config(tmp_path: Path) -> None:
    message = "`data.train_images` must name a readable file, but is .*No such file"
    with pytest.raises(ConfigError, match=message):
        read_idx(tmp_path / "none", key="data.train_images")
    with pytest.raises(ConfigError, match=r"`data.path` must name a readable file"):
        read_idx(tmp_path)
    with pytest.raises(ConfigError, match=r"`data.path` must name a readable file"):
        read_idx("a\0b")
    with pytest.raises(ConfigError, match=r"`data.path` must name a readable file"):
        read_idx("a" * 5000)


# --- datasets ---------------------------------------------------------------------------------


def test_loads_a_folder(tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path]) -> None:
    dataset = load_idx_directory(write_idx_set(tmp_path / "my digits", *digits))
    assert (dataset.name, dataset.shape, dataset.classes) == ("my digits", (28, 28), 10)
    assert dataset.train.inputs.dtype == np.uint8
    np.testing.assert_array_equal(dataset.train.inputs, digits[0].reshape(40, 784))
    np.testing.assert_array_equal(dataset.train.labels, digits[1])
    np.testing.assert_array_equal(dataset.test.inputs, digits[2].reshape(20, 784))
    np.testing.assert_array_equal(dataset.test.labels, digits[3])


@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_finds_the_usual_names(tmp_path: Path, separator: str, ending: str) -> None:
    names = [
        f"{part}{separator}{kind}-ubyte{ending}"
        for part, kind in (
            ("train-images", "idx3"),
            ("train-labels", "idx1"),
            ("t10k-images", "idx3"),
            ("t10k-labels", "idx1"),
        )
    ]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in find_idx(tmp_path)] == names
    (tmp_path / names[2]).unlink()
    message = "`data.directory` must name a folder .* holds no t10k-images-idx3-ubyte"
    with pytest.raises(ConfigError, match=message):
        find_idx(tmp_path)


def test_unzipped_files_come_first(tmp_path: Path, write_idx_set: Callable[..., Path]) -> None:
    array = np.zeros(1, np.uint8)
    folder = write_idx_set(tmp_path, array, array, array, array)
    (folder / "train-labels.idx1-ubyte").touch()
    assert find_idx(folder).train_labels.name == "train-labels.idx1-ubyte"
    (folder / "train-labels-idx1-ubyte").touch()
    assert find_idx(folder).train_labels.name == "train-labels-idx1-ubyte"


def test_a_missing_folder_is_a_wrong_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`data.folder` must .* data.kind=embedded"):
        load_idx_directory(tmp_path / "none", key="data.folder")


@pytest.mark.parametrize("key", ["train_images", "train_labels", "test_images", "test_labels"])
def test_names_the_key_of_a_missing_file(
    tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path], key: str
) -> None:
    files = find_idx(write_idx_set(tmp_path, *digits))._asdict()
    files[key].unlink()
    with pytest.raises(ConfigError, match=f"`data.{key}` must name a readable file"):
        load_idx(**files)


def test_refuses_files_that_do_not_belong_together(
    tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path]
) -> None:
    train_images, train_labels, test_images, test_labels = find_idx(
        write_idx_set(tmp_path, *digits)
    )
    cases = [
        ((train_labels, train_labels, test_images, test_labels), f"{train_labels} .*2 dimensions"),
        ((train_images, train_images, test_images, test_labels), f"{train_images} .*one dimension"),
        (
            (train_images, train_labels, test_images, train_labels),
            f"{train_labels} must hold one label for each of the 20 images .* holds 40",
        ),
    ]
    for files, message in cases:
        with pytest.raises(DataError, match=message):
            load_idx(*files)


def test_refuses_labels_that_are_not_integers(
    tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path]
) -> None:
    labels = digits[1].astype(np.float32)
    folder = write_idx_set(tmp_path, digits[0], labels, digits[2], digits[3])
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz of .* must be integers"):
        load_idx_directory(folder)


def test_float_images_are_kept_and_must_be_finite(
    tmp_path: Path, digits: Digits, write_idx_set: Callable[..., Path]
) -> None:
    train, test = (digits[i].astype(np.float64) / 255 for i in (0, 2))
    dataset = load_idx_directory(write_idx_set(tmp_path, train, digits[1], test, digits[3]))
    assert dataset.train.inputs.dtype == np.float64
    np.testing.assert_allclose(dataset.test.inputs, test.reshape(20, 784), rtol=0)
    test[3, 3, 3] = np.nan
    folder = write_idx_set(tmp_path, train, digits[1], test, digits[3])
    with pytest.raises(DataError, match=r"be finite, but hold 1 NaN"):
        load_idx_directory(folder)
