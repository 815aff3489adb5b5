"""Damaged files of every kind that a config may name: one line says why not, or they are read.

Valid files are changed at bytes, in the fields of the zip directory and in the headers of their
arrays.  Whoever reads them may raise an error of the package, in one line, and nothing else.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnuniverse import archives
from nnuniverse.data import load_npz, read_idx
from nnuniverse.errors import DataError, NNUniverseError
from nnuniverse.experiments.ensemble import EnsembleSettings, load_net
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.graph_files import read_graphml, read_npz_graph
from nnuniverse.thermodynamics.canonical import build_system

EXAMPLES = int(os.environ.get("NNU_FUZZ_EXAMPLES", "100"))
"""Of each property; more of them look longer."""

Read = Callable[[Path], object]

# --- valid files ---------------------------------------------------------------------------------

W = np.array([[0.0, 0.0, 0.0], [0.5, 0.25, 0.0], [-1.0, 3.0, 0.0]])


def archive(save: Callable[..., None], *arguments: object, **arrays: object) -> bytes:
    content = io.BytesIO()
    save(content, *arguments, **arrays)
    return content.getvalue()


def sparse(form: str) -> bytes:
    return archive(sp.save_npz, sp.csr_array(W).asformat(form))


BOUNDARY = {"bias": np.zeros(3), "inputs": [0], "outputs": [2]}
GRAPHS = {
    "dense": archive(np.savez, weights=W, **BOUNDARY),
    "deflated": archive(np.savez_compressed, weights=W, **BOUNDARY),
    **{form: sparse(form) for form in ("csr", "csc", "coo", "bsr", "dia")},
}
DATA = archive(
    np.savez_compressed,
    x_train=np.arange(12, dtype=np.uint8).reshape(4, 3),
    y_train=np.array([0, 1, 2, 0]),
    x_test=np.arange(6, dtype=np.uint8).reshape(2, 3),
    y_test=np.array([1, 2]),
)
GRAPHML = b"""<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<graph edgedefault="directed"><node id="a"/><node id="b"/><node id="c"/>
<edge source="a" target="b"><data key="w">0.5</data></edge>
<edge source="b" target="c"><data key="w">1.5</data></edge></graph></graphml>"""
IDX = b"\0\0\x08\x02" + struct.pack(">II", 2, 3) + bytes(range(6))


def graph(read: Callable[..., object]) -> Read:
    def reading(path: Path) -> object:
        with path.open("rb") as stream:
            mask = read(stream, "the file")
        return build_graph(
            mask,
            [0] if mask.inputs is None else mask.inputs,
            [mask.neurons - 1] if mask.outputs is None else mask.outputs,
        )

    return reading


def net(path: Path) -> object:
    loaded = load_net(path, (), EnsembleSettings())
    return build_system(loaded.weights, loaded.bias)


READERS: dict[str, tuple[bytes, Read]] = {
    **{form: (content, graph(read_npz_graph)) for form, content in GRAPHS.items()},
    "net": (GRAPHS["deflated"], net),
    "data": (DATA, load_npz),
    "graphml": (GRAPHML, graph(read_graphml)),
    "idx": (IDX, read_idx),
    "idx.gz": (gzip.compress(IDX), read_idx),
}
ARCHIVES = [*GRAPHS, "net", "data"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("untrusted")


def read_or_refuse(folder: Path, kind: str, content: bytes) -> None:
    """Read a file with ``content``, or be told in one line why not."""
    path = folder / "file.npz"
    path.write_bytes(content)
    try:
        READERS[kind][1](path)
    except NNUniverseError as error:
        message = str(error)
    else:
        return
    assert " must " in message
    assert ". Try " in message
    assert message.isprintable()
    assert len(message) < 1000


many = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", READERS)
def test_what_is_whole_is_read(folder: Path, kind: str) -> None:
    content, read = READERS[kind]
    (folder / "whole.npz").write_bytes(content)
    assert read(folder / "whole.npz") is not None


# --- changed files -------------------------------------------------------------------------------


@many
@given(data=st.data(), kind=st.sampled_from(list(READERS)))
def test_changed_bytes(folder: Path, data: st.DataObject, kind: str) -> None:
    content = bytearray(READERS[kind][0])
    places = st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)
    for place in data.draw(places):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    read_or_refuse(folder, kind, bytes(content[:cut]) + data.draw(st.binary(max_size=3)))


FIELDS = {"flags": (8, 2), "method": (10, 2), "checksum": (16, 4), "packed": (20, 4),
          "size": (24, 4), "name": (28, 2), "extra": (30, 2), "offset": (42, 4)}  # fmt: skip
"""Of an entry of a zip directory: where, and how many bytes."""

ODD = (0, 1, 2, 8, 9, 12, 14, 64, 93, 2**15, 2**16 - 1, 2**31, 2**32 - 1)


@many
@given(
    kind=st.sampled_from(ARCHIVES),
    entry=st.integers(0, 5),
    field=st.sampled_from(list(FIELDS)),
    value=st.one_of(st.sampled_from(ODD), st.integers(0, 2**32 - 1)),
)
def test_changed_directories(folder: Path, kind: str, entry: int, field: str, value: int) -> None:
    content = bytearray(READERS[kind][0])
    entries = [n for n in range(len(content)) if content[n : n + 4] == b"PK\x01\x02"]
    at, size = FIELDS[field]
    place = entries[entry % len(entries)] + at
    content[place : place + size] = (value % 256**size).to_bytes(size, "little")
    read_or_refuse(folder, kind, bytes(content))


SHAPES = ("()", "(3,)", "(3, 3)", "(9,)", "(-1,)", "(-3, -3)", "(0,)", "(0, 0)", "(1, 0)",
          f"({10**30},)", f"({2**62}, {2**62})", f"({2**63}, 2)", f"(0, {2**62})", f"({2**62}, 0)",
          "(3", "3", "[3]", "(3.0,)", "(True,)", "((3,),)", "(" * 3000, "-" * 5000,
          "(" + "1," * 70 + ")", "('3',)", "None", "(3L,)", "\\d", "f''", "(3,)}#")  # fmt: skip
TYPES = ("'<f8'", "'<i8'", "'|b1'", "'<c16'", "'|O'", "'<U0'", "'|V0'", "'|S3'", "'<M8[s]'",
         "'<f16'", "'>f8'", "[('a', '<f8')]", "[('a', '|O')]", "'f'", "'x'", "8", "None", "'<u8'",
         "[]", "('<f8', (3,))", "'<f8,<f8'", "{'a': 1}", "'<f2'")  # fmt: skip


def member(header: str, body: bytes, version: int = 1) -> bytes:
    text = header.encode("latin1")
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + body


@many
@given(
    kind=st.sampled_from(ARCHIVES),
    entry=st.integers(0, 5),
    shape=st.sampled_from(SHAPES),
    dtype=st.sampled_from(TYPES),
    order=st.sampled_from(("True", "False", "0", "None")),
    body=st.one_of(st.binary(max_size=30), st.sampled_from((72, 24, 144, 0)).map(bytes)),
    version=st.sampled_from((1, 2, 3, 4)),
    exact=st.booleans(),
)
def test_changed_headers(
    folder: Path, kind: str, entry: int, shape: str, dtype: str, order: str, body: bytes,
    version: int, exact: bool,
) -> None:  # fmt: skip
    header = f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}}}"
    if exact:
        body = bytes(_claimed(shape, dtype))
    changed = member(header, body, version)
    read_or_refuse(folder, kind, with_member(READERS[kind][0], entry, changed))


def _claimed(shape: str, dtype: str) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            size = int(np.prod(eval(shape)) * np.dtype(eval(dtype)).itemsize)
        return min(2000, abs(size))
    except Exception:
        return 0


def with_member(content: bytes, entry: int, changed: bytes) -> bytes:
    """The archive with one of its members replaced."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(copy, "w") as new:
        names = old.namelist()
        for name in names:
            chosen = name == names[entry % len(names)]
            new.writestr(name, changed if chosen else old.read(name))
    return copy.getvalue()


INDICES = st.sampled_from((0, 1, 2, 3, 4, 5, -1, 2**31, 2**62, -(2**63)))


@many
@given(
    form=st.sampled_from(("csr", "csc", "coo", "bsr", "dia", "lil", "dok", b"csr", "x", 3)),
    data=st.data(),
)
def test_changed_indices(folder: Path, form: object, data: st.DataObject) -> None:
    """Of sparse matrices, whose methods write where the indices say."""
    source = sparse(form) if form in ("csr", "csc", "coo", "bsr", "dia") else sparse("csr")
    with np.load(io.BytesIO(source)) as held:
        arrays = dict(held)
    arrays["format"] = np.array(form)
    numbers = [
        n for n in ("indices", "indptr", "row", "col", "coords", "offsets", "shape") if n in arrays
    ]
    name = data.draw(st.sampled_from(numbers))
    array = arrays[name].astype(np.int64).ravel()
    for place in data.draw(st.lists(st.integers(0, array.size - 1), min_size=1, max_size=3)):
        array[place] = data.draw(INDICES)
    if data.draw(st.booleans()):
        array = array[: data.draw(st.integers(0, array.size))]
    else:
        array = array.reshape(arrays[name].shape)
    arrays[name] = array
    read_or_refuse(folder, "csr", archive(np.savez, **arrays))


NUMBERS = st.sampled_from(
    (
        np.nan,
        np.inf,
        0,
        1,
        2,
        3,
        -1,
        2**62,
        2**64 - 1,
        1j,
        True,
        "a",
        None,
        1e308,
        np.timedelta64(1, "s"),
    )
)


@many
@given(
    kind=st.sampled_from(("dense", "net", "data")),
    entry=st.integers(0, 5),
    values=st.lists(NUMBERS, max_size=9),
    shape=st.sampled_from(((-1,), (-1, 1), (1, -1), (3, 3), (0, 3), (1, 1, -1))),
)
def test_changed_arrays(
    folder: Path, kind: str, entry: int, values: list[object], shape: tuple[int, ...]
) -> None:
    content = READERS[kind][0]
    with np.load(io.BytesIO(content)) as held:
        arrays = dict(held)
    try:
        array = np.array(values).reshape(shape)
    except (ValueError, OverflowError):
        array = np.array(values, object)
    arrays[list(arrays)[entry % len(arrays)]] = array
    read_or_refuse(folder, kind, archive(np.savez, **arrays))


EDGES = """
source="a" target="b"|source="a"||id="1" source="a" target="a"|source="a" target="z"
id="1" source="b" target="a"|source="a" target="c" directed="false"
"""
VALUES = ("1", "", "nan", "1e999", "9" * 5000, "true", "x", "&amp;", "&a;", "<![CDATA[2]]>")
PARTS = st.one_of(
    st.sampled_from(EDGES.replace("\n", "|").split("|")).map(lambda ends: f"<edge {ends}/>"),
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(VALUES)).map(
        lambda edge: '<edge source="{}" target="{}"><data key="w">{}</data></edge>'.format(*edge)
    ),
    st.sampled_from(
        (
            '<node id="a"/>',
            "<node/>",
            '<node id="d"><graph><node id="e"/></graph></node>',
            '<edge source="c" target="b"><data key="none">2</data></edge>',
            '<edge source="c" target="b"><data>3</data></edge>',
            '<hyperedge><endpoint node="a"/></hyperedge>',
            "<a>" * 50 + "</a>" * 50,
            '<graph edgedefault="undirected"/>',
            "</graph><graph>",
            "<",
            "\0",
        )
    ),
)
WEIGHT = 'id="w" for="edge" attr.name="weight"'
KEYS = st.one_of(
    st.sampled_from(("double", "string", "boolean", "int", "long", "complex")).map(
        lambda kind: f'{WEIGHT} attr.type="{kind}"'
    ),
    st.sampled_from(
        (
            "",
            WEIGHT,
            f'{WEIGHT} yfiles.type="edgegraphics"',
            'id="w" for="edge"',
            'for="edge" attr.name="weight"',
            'id="w" for="node" attr.name="weight" attr.type="double"',
        )
    ),
)
HEADS = st.sampled_from(
    (
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-7"?>',
        '<?xml version="1.0" encoding="none"?>',
        '<!DOCTYPE graphml SYSTEM "http://graphml.graphdrawing.org/dtds/1.0rc/graphml.dtd">',
        '<!DOCTYPE graphml [<!ENTITY a "b">]>',
        '<!DOCTYPE graphml [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    )
)


@many
@given(
    head=HEADS,
    key=KEYS,
    default=st.sampled_from(("directed", "undirected", "both", None)),
    parts=st.lists(PARTS, max_size=4),
    namespace=st.sampled_from((' xmlns="http://graphml.graphdrawing.org/xmlns"', "", ' xmlns="x"')),
)
def test_graphml_of_odd_parts(
    folder: Path, head: str, key: str, default: str | None, parts: list[str], namespace: str
) -> None:
    default = f' edgedefault="{default}"' if default else ""
    text = (
        f'{head}<graphml{namespace}><key {key}/><graph{default}><node id="a"/><node id="b"/>'
        f'<node id="c"/>{"".join(parts)}</graph></graphml>'
    )
    read_or_refuse(folder, "graphml", text.encode())


@many
@given(
    magic=st.sampled_from((b"\0\0", b"\0\1", b"\1\0")),
    kind=st.sampled_from((0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x00, 0xFF)),
    lengths=st.lists(st.one_of(st.integers(0, 3), st.sampled_from((2**31, 2**32 - 1))), max_size=5),
    body=st.binary(max_size=40),
    zipped=st.booleans(),
    tail=st.sampled_from((b"", b"\0", b"\0" * 9, b"\x1f\x8b", b"x")),
)
def test_idx_of_odd_headers(
    folder: Path,
    magic: bytes,
    kind: int,
    lengths: list[int],
    body: bytes,
    zipped: bool,
    tail: bytes,
) -> None:
    header = magic + bytes([kind, len(lengths)]) + struct.pack(f">{len(lengths)}I", *lengths)
    content = header + body
    read_or_refuse(folder, "idx", (gzip.compress(content) if zipped else content) + tail)


# --- what would fill the memory ------------------------------------------------------------------


def test_an_archive_that_is_mostly_air(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small limits in place of 1 GiB; stored as it is, the same is read."""
    monkeypatch.setattr(archives, "UNSUSPECTED", 10_000)
    path, zeros = folder / "net.npz", {"weights": np.zeros((90, 90)), "bias": np.zeros(90)}
    np.savez_compressed(path, **zeros)
    with pytest.raises(DataError, match="be compressed by less than 50 if it holds more"):
        net(path)
    np.savez(path, **zeros)
    net(path)


def test_claims_beyond_the_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 10_000

    monkeypatch.setattr(archives.psutil, "virtual_memory", Memory)
    path = folder / "file.npz"
    np.savez(path, weights=np.zeros((30, 30)), bias=np.zeros(30))
    with pytest.raises(DataError, match="fit into half the memory available"):
        net(path)
    path.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 6000) + bytes(6000)))
    with pytest.raises(DataError, match="fit into half the memory available"):
        read_idx(path)
    path.write_bytes(GRAPHML)
    with pytest.raises(DataError, match="fit into half the memory available"):
        READERS["graphml"][1](path)


def test_arrays_that_nobody_asked_for_are_not_read(folder: Path) -> None:
    """Whatever they claim: only those named are looked at."""
    odd = with_member(archive(np.savez, other=[1.0], weights=W, bias=np.zeros(3)), 0, b"nonsense")
    (folder / "net.npz").write_bytes(odd)
    net(folder / "net.npz")


LAUGHS = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        (f'<!DOCTYPE graphml [<!ENTITY a0 "ha">{LAUGHS}]>', "&a9;", "it declares entities"),
        ('<!DOCTYPE graphml [<!ATTLIST node x CDATA "much">]>', "", "it declares entities or attr"),
        ("", "<a>" * 100_000 + "</a>" * 100_000, "more than 20 elements inside one another"),
    ],
    ids=["entities", "attributes", "nested"],
)
def test_graphml_that_would_grow(folder: Path, head: str, body: str, reason: str) -> None:
    path = folder / "file.graphml"
    path.write_bytes(
        head.encode() + GRAPHML.split(b"?>")[1].replace(b"<node", body.encode() + b"<node", 1)
    )
    with pytest.raises(DataError, match=reason):
        READERS["graphml"][1](path)


# --- what would pass for something else ----------------------------------------------------------


def test_an_array_named_twice(folder: Path) -> None:
    path = folder / "file.npz"
    with zipfile.ZipFile(path, "w") as twice:
        twice.writestr(
            "weights.npy", member("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", bytes(8))
        )
        twice.writestr("weights", b"")
    with pytest.raises(DataError, match="name each array once, but repeats weights"):
        READERS["dense"][1](path)


def test_complex_weights_are_not_cut_to_real_ones(folder: Path) -> None:
    path = folder / "file.npz"
    sp.save_npz(path, sp.csr_array(W * 1j))
    with pytest.raises(DataError, match="have real numbers as weights, but their type is complex"):
        READERS["csr"][1](path)
    np.savez(path, weights=W + 1j, bias=np.zeros(3))
    with pytest.raises(DataError, match="have real numbers as weights, but has complex128"):
        net(path)


def test_pointers_that_lead_out_of_a_matrix(folder: Path) -> None:
    """scipy writes where they point: an abort, where nothing is stored and all seems well."""
    path = folder / "file.npz"
    for pointers, entries in (([0, 3, 0, 0], 0), ([0, 2, 4, -(2**63)], 4), ([0, 9, 9, 9], 4)):
        np.savez(
            path,
            format=np.array("csr"),
            shape=np.array([3, 3]),
            indptr=np.array(pointers),
            indices=np.zeros(entries, np.int32),
            data=np.ones(entries),
        )
        with pytest.raises(DataError, match="indptr does not ascend"):
            READERS["csr"][1](path)


def test_a_damaged_byte_is_found_by_the_checksum(folder: Path) -> None:
    """Of an array stored as it is: any value in it is one that it could have."""
    content = bytearray(GRAPHS["dense"])
    content[content.index(np.float64(-1.0).tobytes())] ^= 1
    (folder / "file.npz").write_bytes(content)
    with pytest.raises(DataError, match="Bad CRC-32"):
        READERS["dense"][1](folder / "file.npz")


def test_boundary_neurons_that_the_graph_has_not(folder: Path) -> None:
    path = folder / "file.npz"
    for neurons in ([3], [-1], np.array([2**64 - 1], np.uint64), [2**62]):
        np.savez(path, weights=W, inputs=neurons)
        with pytest.raises(DataError, match="have neurons 0 to 2 as `inputs`, but names"):
            READERS["dense"][1](path)


def test_edges_with_one_name_are_not_one(folder: Path) -> None:
    edge = b'<edge id="e" source="a" target="c"/>'
    path = folder / "file.graphml"
    path.write_bytes(GRAPHML.replace(b"</graph>", edge + edge + b"</graph>"))
    with pytest.raises(DataError, match="hold one graph, without repeats"):
        READERS["graphml"][1](path)
