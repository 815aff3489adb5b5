"""Files of numpy arrays: the Keras names, and everything that can be wrong with them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.data.npz import ARRAYS, load_npz, read_arrays
from nnuniverse.errors import ConfigError, DataError

Arrays = dict[str, np.ndarray]


@pytest.fixture
def arrays() -> Arrays:
    """Four arrays of a small dataset of (2, 3) samples and 4 classes."""
    random = np.random.default_rng(2)
    return {
        "x_train": random.integers(0, 256, (6, 2, 3), dtype=np.uint8),
        "y_train": np.array([0, 1, 2, 3, 0, 1], dtype=np.uint8),
        "x_test": random.integers(0, 256, (3, 2, 3), dtype=np.uint8),
        "y_test": np.array([1, 2, 3], dtype=np.uint8),
    }


def save(path: Path, arrays: Arrays) -> Path:
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", ">f8"])
def test_loads_what_was_saved(tmp_path: Path, arrays: Arrays, dtype: str) -> None:
    for name in ("x_train", "x_test"):
        arrays[name] = arrays[name].astype(dtype)
    dataset = load_npz(save(tmp_path / "digits.npz", arrays))
    assert (dataset.name, dataset.classes, dataset.shape) == ("digits", 4, (2, 3))
    assert dataset.train.inputs.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(dataset.train.inputs, arrays["x_train"].reshape(6, 6))
    np.testing.assert_array_equal(dataset.train.labels, arrays["y_train"])
    np.testing.assert_array_equal(dataset.test.inputs, arrays["x_test"].reshape(3, 6))
    np.testing.assert_array_equal(dataset.test.labels, arrays["y_test"])


def test_takes_columns_of_labels_and_ignores_other_arrays(tmp_path: Path, arrays: Arrays) -> None:
    plain = load_npz(save(tmp_path / "a.npz", arrays))
    columns = arrays | {name: arrays[name][:, None] for name in ("y_train", "y_test")}
    columns["extra"] = np.array([object()])
    assert load_npz(save(tmp_path / "b.npz", columns)).fingerprint == plain.fingerprint


@pytest.mark.parametrize("dtype", ["f4", ">f8"])
@pytest.mark.parametrize("width", [(), (1,), (7,)])
def test_floats_are_real_targets(
    tmp_path: Path, arrays: Arrays, width: tuple[int, ...], dtype: str
) -> None:
    random = np.random.default_rng(3)
    for name, count in (("y_train", 6), ("y_test", 3)):
        arrays[name] = random.normal(size=(count, *width)).astype(dtype)
    dataset = load_npz(save(tmp_path / "a.npz", arrays))
    assert dataset.classes is None
    assert dataset.outputs == (width[0] if width else 1)
    assert dataset.train.labels.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(dataset.train.labels, arrays["y_train"].reshape(6, -1))
    np.testing.assert_array_equal(dataset.test.labels, arrays["y_test"].reshape(3, -1))
    other = arrays | {"y_test": arrays["y_test"] * 2}
    assert load_npz(save(tmp_path / "b.npz", other)).fingerprint != dataset.fingerprint
    assert dataset.take(4, 2).outputs == dataset.outputs


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("y_test", np.zeros((3, 3)), "have 2 outputs as its train targets have, but have 3"),
        (
            "y_train",
            np.zeros((6, 2, 2)),
            r"\(samples, outputs\), but are float64 of",
        ),
        ("y_train", np.zeros((6, 0)), r"of shape \(samples, outputs\)"),
        ("y_train", np.zeros((5, 2)), "holds 6 samples and 5 labels"),
        ("y_test", np.full((3, 2), np.nan), "targets of the test split .* be finite in float32"),
        ("y_test", np.full((3, 2), 1e200), "targets of the test split .* be finite in float32"),
        ("y_test", np.zeros((3, 2), int), "must be integers, one for each sample"),
    ],
)
def test_targets_that_are_none(
    tmp_path: Path, arrays: Arrays, name: str, value: np.ndarray, message: str
) -> None:
    arrays |= {"y_train": np.zeros((6, 2)), "y_test": np.zeros((3, 2)), name: value}
    with pytest.raises(DataError, match=message):
        load_npz(save(tmp_path / "a.npz", arrays))


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_a_missing_array(tmp_path: Path, arrays: Arrays, name: str) -> None:
    del arrays[name]
    path = save(tmp_path / "a.npz", arrays)
    with pytest.raises(DataError, match=f"{path} must hold the arrays x_train, .* but holds"):
        load_npz(path)


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_objects_are_never_unpickled(tmp_path: Path, arrays: Arrays, name: str) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, (f"raise SystemExit({name!r})",))

    arrays[name] = np.array([Bomb()])
    with pytest.raises(DataError, match=r"Object arrays cannot be loaded") as caught:
        load_npz(save(tmp_path / "a.npz", arrays))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("y_train", np.array([0, 1]), "hold one label for each sample, but holds 6 samples and 2"),
        ("y_test", np.zeros(3), "y_test of .* must be integers, .* are float64"),
        ("y_test", np.eye(3, dtype=int), "must be integers, one for each sample"),
        ("y_train", np.array([0, 1, 2, 3, 0, -1]), "y_train of .* include -1 at sample 5"),
        ("x_test", np.zeros((3, 2, 4), np.uint8), "have the shape"),
        ("x_test", np.zeros((3, 2, 3), np.float32), "be uint8 as its train inputs are"),
        ("x_test", np.zeros((0, 2, 3), np.uint8), "at least one sample"),
        ("x_train", np.zeros(6, np.uint8), "have at least 2 dimensions"),
        ("x_train", np.array(["a"] * 6)[:, None], "have the shape"),
    ],
)
def test_arrays_that_are_no_dataset(
    tmp_path: Path, arrays: Arrays, name: str, value: np.ndarray, message: str
) -> None:
    arrays[name] = value
    path = save(tmp_path / "a.npz", arrays)
    with pytest.raises(DataError, match=message) as caught:
        load_npz(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nan_is_refused(tmp_path: Path, arrays: Arrays) -> None:
    for name in ("x_train", "x_test"):
        arrays[name] = arrays[name].astype(np.float32)
    arrays["x_train"][1, 1, 1] = np.nan
    with pytest.raises(DataError, match=r"train split of .*a.npz must be finite, but hold 1 NaN"):
        load_npz(save(tmp_path / "a.npz", arrays))


def test_a_file_that_is_no_archive(tmp_path: Path, arrays: Arrays) -> None:
    np.save(tmp_path / "a.npy", arrays["x_train"])
    (tmp_path / "text").write_text("x_train")
    (tmp_path / "empty").touch()
    for name in ("a.npy", "text", "empty"):
        with pytest.raises(DataError, match=f"{name} must be an .npz file, but is not a zip"):
            load_npz(tmp_path / name)


def test_a_member_that_is_no_array(tmp_path: Path, arrays: Arrays) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in arrays:
            bundle.writestr(name, b"no array")
    with pytest.raises(DataError, match=r"hold the array x_train, but that member is not an array"):
        load_npz(path)


@pytest.mark.parametrize("shape", ["(10**15,)", "(2**70,)", "(-1,)", "(3, 10**9, 10**9)"])
def test_a_header_that_claims_too_much(tmp_path: Path, arrays: Arrays, shape: str) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {eval(shape)}}}".ljust(117) + "\n"
    path = save(tmp_path / "a.npz", {name: arrays[name] for name in list(arrays)[1:]})
    with zipfile.ZipFile(path, "a") as bundle:
        length = len(header).to_bytes(2, "little")
        bundle.writestr("x_train.npy", b"\x93NUMPY\1\0" + length + header.encode() + b"abc")
    with pytest.raises(DataError, match=r"a.npz must hold readable arrays, but does not \(\w+"):
        load_npz(path)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"{(((", "TokenError"),
        (b"{b'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", "TypeError"),
        (b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "ValueError"),
        (b"\xff\xfe", "ValueError"),
    ],
)
def test_a_header_that_is_none(tmp_path: Path, header: bytes, kind: str) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            content = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
            bundle.writestr(f"{name}.npy", content)
    with pytest.raises(DataError, match=rf"a.npz must hold readable arrays, .*\({kind}: "):
        load_npz(path)


@pytest.mark.parametrize(
    ("offset", "change", "kind"),
    [(8, 1, "RuntimeError"), (10, 255, "NotImplementedError")],
    ids=["encrypted", "compressed by an unknown method"],
)
def test_an_archive_that_zipfile_cannot_read(
    tmp_path: Path, arrays: Arrays, offset: int, change: int, kind: str
) -> None:
    path = save(tmp_path / "a.npz", arrays)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + offset] ^= change
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"a.npz must hold readable arrays, .*\({kind}: "):
        load_npz(path)


def test_a_missing_file_is_a_wrong_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`data.path` must name a readable file"):
        load_npz(tmp_path / "none.npz")
    with pytest.raises(ConfigError, match=r"`data.file` must name a readable file"):
        load_npz(tmp_path, key="data.file")


def small_archive() -> bytes:
    archive = io.BytesIO()
    parts = {
        "x_train": np.zeros((2, 2), np.uint8),
        "y_train": np.array([0, 1]),
        "x_test": np.ones((1, 2), np.uint8),
        "y_test": np.array([1]),
    }
    np.savez_compressed(archive, **parts)  # type: ignore[arg-type]
    return archive.getvalue()


WHOLE = small_archive()


def read_or_refuse(content: bytes) -> None:
    try:
        read_arrays(io.BytesIO(content), "the file", ARRAYS)
    except DataError as error:
        message = str(error)
    else:
        return
    assert message.startswith("the file must ")
    assert "\n" not in message


@settings(max_examples=300)
@given(position=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_a_changed_byte_raises_nothing_but_a_data_error(position: int, value: int) -> None:
    content = bytearray(WHOLE)
    content[position] = value
    read_or_refuse(bytes(content))


@given(cut=st.integers(0, len(WHOLE) - 1))
def test_any_truncation_is_refused(cut: int) -> None:
    with pytest.raises(DataError):
        read_arrays(io.BytesIO(WHOLE[:cut]), "the file", ARRAYS)


@given(content=st.binary(max_size=200), zipped=st.booleans())
def test_random_bytes_raise_nothing_but_a_data_error(content: bytes, zipped: bool) -> None:
    if zipped:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as bundle:
            for name in ("x_train", "y_train", "x_test", "y_test"):
                bundle.writestr(f"{name}.npy", b"\x93NUMPY" + content)
        content = archive.getvalue()
    read_or_refuse(content)
