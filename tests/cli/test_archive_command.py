"""``nnu archive``: runs in one file, which opens as it is and tells nothing of the machine."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from nnuniverse.errors import RunError, StoppedError
from nnuniverse.exports.archive import gather, write_archive
from nnuniverse.exports.archive.privacy import public_yaml, without_folders
from nnuniverse.runs import named_run, read_run
from nnuniverse.runs.archived import DIGESTS, unpacked

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Entity = dict[str, Any]

(OLD,) = (Path(__file__).parents[1] / "runs" / "version_0_1_0" / "finished").glob("2*")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NNU_ARCHIVES", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def made(nnu: Nnu, finished: Any, shared: Path) -> Path:
    """The archive of the finished run without figures; nobody changes it."""
    out = shared / "made.zip"
    assert nnu("archive", finished.folder, "--out", out, "--figures", "none").code == 0
    return out


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(path: Path, content: dict[str, bytes], *, digests: bool = True) -> Path:
    """Write an archive of ``content``, with digests that fit unless it holds some."""
    lines = "".join(f"{sha256(of).hexdigest()}  {name}\n" for name, of in content.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, of in content.items():
            archive.writestr(name, of)
        if digests:
            archive.writestr(DIGESTS, lines)
    return path


# --- what is in it -------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes_also_from_its_archive(
    nnu: Nnu, finished: Any, made: Path
) -> None:
    for run, name in ((finished.folder, "again.zip"), (made, "of-archive.zip")):
        nnu("archive", run, "--out", name, "--figures", "none")
        assert Path(name).read_bytes() == made.read_bytes()
    assert {info.date_time[:3] for info in zipfile.ZipFile(made).infolist()} == {(1980, 1, 1)}


def test_results_stay_and_digests_are_those_of_all(finished: Any, made: Path) -> None:
    content = members(made)
    run = read_run(finished.folder).name
    assert content[f"{run}/results.h5"] == (finished.folder / "results.h5").read_bytes()
    assert not any("checkpoint" in name or name.endswith(".lock") for name in content)
    told = dict(line.split("  ", 1)[::-1] for line in content.pop(DIGESTS).decode().splitlines())
    assert told == {name: sha256(of).hexdigest() for name, of in content.items()}
    environment = json.loads(content["environment.json"])
    assert environment["archived"]["python"] == sys.version.split()[0]
    assert environment["trained"][0]["runs"] == [run]


def test_nothing_tells_of_the_machine(nnu: Nnu, finished: Any) -> None:
    nnu("archive", finished.folder, "--out", "told.zip", "--license", "CC-BY-4.0")
    content = members(Path("told.zip"))
    assert {"report.html", "README.md"} < content.keys()
    folders = [str(finished.folder.parents[1]), str(Path.cwd()), str(Path.home()), "/tmp"]
    for name, of in content.items():
        for private in folders:
            assert private.encode() not in of, (name, private)
    run = read_run(finished.folder).name
    provenance = json.loads(content[f"{run}/provenance.json"])
    assert all("host" not in segment for segment in provenance["segments"])
    assert provenance["identity"]["data"] == provenance["data"]["fingerprint"]
    assert f'"{socket.gethostname()}"'.encode() not in content[f"{run}/provenance.json"]
    assert b"path: data.npz" in content[f"{run}/config.yaml"]
    assert b"CC-BY-4.0" in content["README.md"]
    assert b"nnu train tiny.yaml" in content["README.md"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("data.path=/home/ann/digits.npz", "data.path=digits.npz"),
        ("--xla_dump_to=/tmp/x --fast", "--xla_dump_to=x --fast"),
        ("~/runs/a b", "a b"),
        (r"C:\Users\ann\mine.npz", "mine.npz"),
        ("configs/deep.yaml ../other", "configs/deep.yaml ../other"),
        ("gs://bucket/mnist 1/2 9.5/3", "gs://bucket/mnist 1/2 9.5/3"),
        ("in '/home/ann': no", "in 'ann': no"),
    ],
)
def test_of_paths_the_last_part_is_told(text: str, shown: str) -> None:
    assert without_folders(text) == shown


def test_a_config_without_folders_stays_as_it_is() -> None:
    same = b"a:   {b: [1,  two]}  # as it was\n"
    assert public_yaml(same, "it") == same
    changed = public_yaml(b"a: {b: [/home/ann/x.npz, '~/y', http://z/q]}\n", "it")
    assert changed == b"a:\n  b: [x.npz, y, 'http://z/q']\n"


def require_valid(content: dict[str, bytes]) -> list[Entity]:
    """Require what RO-Crate 1.1 requires of a manifest; return its entities."""
    manifest = json.loads(content["ro-crate-metadata.json"])
    assert manifest["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph: list[Entity] = manifest["@graph"]
    by_id = {entity["@id"]: entity for entity in graph}
    assert len(by_id) == len(graph), "each entity once"
    descriptor, root = by_id["ro-crate-metadata.json"], by_id["./"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/")
    assert root["@type"] == "Dataset"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    assert all(root[key] for key in ("name", "description", "license"))
    linked = set()
    for entity in graph:
        assert entity["@id"] and entity["@type"]
        for value in entity.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    assert one.keys() == {"@id"}, "a flat list"
                    assert one["@id"] in by_id or one["@id"].startswith("https://")
                    linked.add(one["@id"])
    for entity in graph:
        if entity["@type"] == "File":
            assert entity["@id"] in linked
            assert int(entity["contentSize"]) == len(content[unquote(entity["@id"])])
    files = {unquote(entity["@id"]) for entity in graph if entity["@type"] == "File"}
    assert files == content.keys() - {"ro-crate-metadata.json", DIGESTS}
    return graph


def test_the_manifest_is_what_the_specification_asks_for(made: Path) -> None:
    graph = require_valid(members(made))
    (action,) = (entity for entity in graph if entity["@type"] == "CreateAction")
    assert action["description"].startswith("nnu train tiny.yaml")
    assert action["endTime"] >= action["startTime"]


def test_another_program_reads_the_manifest(made: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    read = rocrate.ROCrate(made)
    assert read.root_dataset["name"] == "tiny: runs of nnuniverse"
    assert len(read.data_entities) == len(members(made)) - 2 + 1  # a folder; two tell of the others


# --- opening it ----------------------------------------------------------------------------------


def test_commands_open_it_as_it_is(nnu: Nnu, copied: Callable[[], Path], made: Path) -> None:
    before = made.read_bytes()
    (listed,) = json.loads(nnu("runs", made, "--json").out)
    assert (listed["status"], listed["epochs"]) == ("complete", 3)
    assert json.loads(nnu("runs", made, "train.epochs>3", "--json").out) == []
    told = nnu("analyze", made, "--json")
    assert told.code == 0
    assert "is of one in an archive" in told.err
    of_archive, own = (
        json.loads(out)["runs"][0] for out in (told.out, nnu("analyze", copied(), "--json").out)
    )
    assert of_archive.pop("folder") != own.pop("folder")
    assert of_archive == own
    drawn = nnu("plot", "moments", made, "--format", "svg")
    assert drawn.out.split() == ["figures/moments.svg", "figures/moments.csv"]
    assert nnu("report", made).out == "report.html\n"
    assert made.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        ("runs", "--tag", "a=1", "RUN"),
        ("runs", "--remove", "--yes", "RUN"),
        ("train", "--resume", "RUN"),
        ("measure", "RUN"),
    ],
    ids=" ".join,
)
def test_a_run_in_it_is_never_changed(
    refused: Refused, made: Path, command: tuple[str, ...]
) -> None:
    line = refused(*(str(made) if word == "RUN" else word for word in command), code=1)
    assert "is of one in an archive. Try unzipping" in line


def test_runs_in_it_are_called_by_the_archive(nnu: Nnu, made: Path, finished: Any) -> None:
    name = f"{finished.folder.parent.name}/{finished.folder.name}"
    assert f"{made}: {name}" in " ".join(nnu("runs", made, "--columns", "mu2").out.split())
    (listed,) = json.loads(nnu("runs", made, "--json").out)
    assert listed["path"] == f"{made}: {name}"


def test_unzipped_it_is_a_folder_of_runs_like_any_other(nnu: Nnu, made: Path) -> None:
    shutil.unpack_archive(made, "mine")
    run = named_run("latest", Path("mine"))
    assert nnu("analyze", run).err == ""
    assert (run / "analysis.h5").is_file()


# --- what is refused -----------------------------------------------------------------------------


def test_wrong_options(refused: Refused, finished: Any, made: Path) -> None:
    def line(out: object, *options: str) -> str:
        return refused("archive", finished.folder, "--out", out, *options)

    assert "must be new, but is there already" in line(made)
    assert "must end with .zip" in line("it.tar")
    assert "must lie in a folder" in line("no/such/it.zip")
    assert "must be report, png, svg, none" in line("it.zip", "--figures", "gif")
    assert "must stand alone" in line("it.zip", "--figures", "none", "--figures", "png")
    assert "is there twice" in refused("archive", finished.folder, made, "--out", "it.zip")
    assert not Path("it.zip").exists()


def test_a_run_that_has_not_ended(refused: Refused, copied: Callable[[], Path]) -> None:
    run = copied()
    (run / "results.h5").unlink()
    line = refused("archive", run, "--out", "it.zip", code=1)
    assert "results.h5' must be the results of a run, but is not there" in line
    assert list(Path().glob("*.zip")) + list(Path().glob(".*")) == []


def test_stopped_it_leaves_nothing(finished: Any) -> None:
    with pytest.raises(StoppedError, match="the same command again"):
        write_archive(gather([finished.folder]), Path("it.zip"), version="0", stopped=lambda: True)
    assert list(Path().iterdir()) == []


def test_a_run_of_version_0_1_0(nnu: Nnu) -> None:
    assert nnu("archive", OLD, "--out", "old.zip", "--figures", "none").code == 0
    (listed,) = json.loads(nnu("runs", "old.zip", "--json").out)
    assert listed["status"] == "complete"


def test_names_that_lead_elsewhere_write_nothing(made: Path) -> None:
    content = members(made)
    del content[DIGESTS]
    for name in ("../evil", "/evil", "a/../../evil", "c:/evil", "a\\b", "a/b/c/d/e/f", ".unpacked"):
        path = write_zip(Path("evil.zip"), content | {name: b"x"})
        with pytest.raises(RunError, match="a name that leads elsewhere"):
            unpacked(path)
    assert not list(Path().rglob("evil"))


def test_links_are_no_members(made: Path) -> None:
    content = members(made)
    with zipfile.ZipFile("link.zip", "w") as archive:
        for name, of in content.items():
            archive.writestr(name, of)
        link = zipfile.ZipInfo("tiny/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
    with pytest.raises(RunError, match="which is no file"):
        unpacked(Path("link.zip"))


def test_what_is_no_archive_of_runs(refused: Refused, made: Path) -> None:
    Path("text.zip").write_text("no zip at all")
    assert "cannot be read: File is not a zip file" in refused("analyze", "text.zip", code=1)
    write_zip(Path("other.zip"), {"a.txt": b"a"}, digests=False)
    assert "holds no SHA256SUMS" in refused("runs", "other.zip", code=1)
    write_zip(Path("empty.zip"), {"a.txt": b"a"})
    assert "holds no run" in refused("analyze", "empty.zip", code=1)
    more = members(made) | {"more.txt": b""}
    write_zip(Path("more.zip"), more, digests=False)
    assert "holds other files than its SHA256SUMS says" in refused("analyze", "more.zip", code=1)


def test_damage_is_found(refused: Refused, made: Path, tmp_path: Path) -> None:
    image = made.read_bytes()
    place = image.index(b"\x89HDF") + 3000
    Path("bit.zip").write_bytes(image[:place] + bytes([image[place] ^ 1]) + image[place + 1 :])
    assert "is damaged" in refused("analyze", "bit.zip", code=1)
    Path("cut.zip").write_bytes(image[: len(image) // 2])
    assert "cannot be read" in refused("analyze", "cut.zip", code=1)
    content = members(made)
    content = {
        name: of[::-1] if name.endswith("results.h5") else of for name, of in content.items()
    }
    write_zip(Path("other.zip"), content, digests=False)
    assert "is not what was written" in refused("analyze", "other.zip", code=1)
    assert not list((tmp_path / "cache").rglob("results.h5"))


def test_what_was_unpacked_half_is_unpacked_again(made: Path) -> None:
    place = unpacked(made)
    (place / ".unpacked").unlink()
    (place / "README.md").unlink()
    assert (unpacked(made) / "README.md").is_file()
