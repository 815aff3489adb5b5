"""What a shell offers: commands, options, config keys and their values, runs, files."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.cli.completion.candidates import PLOT_NAMES
from nnuniverse.config import config_keys
from nnuniverse.plots import PLOTS

Nnu = Callable[..., Any]


@pytest.fixture(autouse=True)
def _runs(_empty_folder: None) -> None:
    for run in ("deep/20260101T000000Z-01234567", "deep/20260102T000000Z-89abcdef", "depth/x"):
        Path("runs", run).mkdir(parents=True)
    Path("runs/depth/sweep.yaml").touch()
    for name in ("tiny.yaml", "other.txt", "net.npz"):
        Path(name).touch()


@pytest.fixture
def offered(nnu: Nnu) -> Callable[..., list[str]]:
    """Return what the last of some words may become, as fish is told."""

    def ask(*words: str) -> list[str]:
        result = nnu("completion", "fish", "--", *words)
        assert (result.code, result.err) == (0, "")
        return [line.partition("\t")[0] for line in result.out.splitlines()]

    return ask


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["pl"], ["plot"]),
        (["config", "s"], ["show", "schema"]),
        (["verify", "A3"], ["A3", *(f"A3{digit}" for digit in (*range(8), 9))]),
        (["verify", "20"], ["2004.09280", "2008.01540", "2012.05082"]),
        (["train", "--re"], ["--resume"]),
        (["train", ""], ["runs/", "tiny.yaml"]),
        (["train", "tiny.yaml", "train.optimiser.ki"], ["train.optimiser.kind="]),
        (["train", "tiny.yaml", "train.optimiser.kind=mome"], ["train.optimiser.kind=momentum"]),
        (["train", "tiny.yaml", "train.shuffle="], ["train.shuffle=true", "train.shuffle=false"]),
        (["config", "show", "tiny.yaml", "loss.kind=bu"], ["loss.kind=bulk"]),
        (["train", "tiny.yaml", "train.epochs="], []),
        (["train", "tiny.yaml", "data.path=n"], ["data.path=net.npz"]),
        (
            ["train", "tiny.yaml", "network.start=deep/20260102"],
            ["network.start=deep/20260102T000000Z-89abcdef"],
        ),
        (["train", "--resume", "de"], ["deep", "depth"]),
        (["analyze", ""], ["latest", "deep", "depth", "runs/", "tiny.yaml"]),
        (["analyze", "deep/20260102"], ["deep/20260102T000000Z-89abcdef"]),
        (["plot", "moments", "deep", "la"], ["latest"]),
        (["plot", "loss-"], ["loss-plane"]),
        (["plot", "loss", "--format", "s"], ["svg"]),
        (["ensemble", "n"], ["net.npz"]),
        (["ensemble", "--method", ""], ["auto", "closed", "quadrature", "hmc"]),
        (["sweep", "d"], ["depth"]),
        (["rank", "dep"], ["depth"]),
        (["runs", "--sort", "-sta"], ["-status", "-started"]),
        (["runs", "--columns", "name,mu"], ["name,mu2"]),
        (["runs", "--out", "ru"], ["runs/"]),
        (["analyze", "--beta", ""], []),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["nothing", ""], None),
        (["train", "./none/"], []),
        (["train", "\0"], []),
    ],
    ids=str,
)
def test_offers(
    words: list[str], values: list[str] | None, offered: Callable[..., list[str]]
) -> None:
    found = offered(*words)
    assert values is None or found == values


def test_keys_come_with_what_they_are(nnu: Nnu) -> None:
    lines = nnu("completion", "zsh", "--", "train", "tiny.yaml", "").out.splitlines()
    told = dict(line.split("\t") for line in lines)
    assert [key.removesuffix("=") for key in told] == list(config_keys())
    assert told["train.epochs="] == "Passes over the training samples."


def test_the_names_of_plots() -> None:
    assert list(PLOT_NAMES) == [*PLOTS, "all", "sweep"]


def test_bash_gets_what_follows_its_own_break(nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "nnu train tiny.yaml train.optimiser.kind=mome"
    assert nnu("completion", "bash", "--", line).out == "momentum\n"
    monkeypatch.setenv("COMP_WORDBREAKS", " \t\n")
    assert nnu("completion", "bash", "--", line).out == "train.optimiser.kind=momentum\n"
    assert nnu("completion", "bash", "--", "nnu ").out.splitlines()[:2] == ["train", "sweep"]


def test_an_unknown_shell(refused: Callable[..., str]) -> None:
    assert refused("completion", "csh").startswith("the shell must be bash, zsh or fish")


def test_it_loads_neither_jax_nor_what_runs_are_read_with() -> None:
    code = (
        "import json, sys\nfrom nnuniverse.cli import main\n"
        "for words in (['train', 'x.yaml', 'train.'], ['analyze', 'd'], ['plot', 'l']):\n"
        "    sys.argv = ['nnu', 'completion', 'fish', '--', *words]\n"
        "    try: main()\n"
        "    except SystemExit: pass\n"
        "heavy = {'jax', 'numpy', 'h5py', 'rich', 'matplotlib'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


# --- a real shell ------------------------------------------------------------------------------


class Typist:
    """Somebody at a shell in a terminal, where ``nnu`` prints its arguments but those of this."""

    def __init__(self, *shell: str) -> None:
        program = Path("bin/nnu")
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\n[ "$1" = completion ] && exec "{sys.executable}" -m nnuniverse "$@"\n'
            'printf "<%s>" "$@"; echo " end"\n'
        )
        program.chmod(0o755)
        path = f"{program.parent.resolve()}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "TERM": "dumb", "PS1": "> "}
        self._terminal, its_end = pty.openpty()
        self._shell = subprocess.Popen(
            shell, stdin=its_end, stdout=its_end, stderr=its_end, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(its_end)

    def type(self, text: str, until: str) -> str:
        """Type ``text``; return what is shown until there is ``until``, or half a minute over."""
        os.write(self._terminal, text.encode())
        shown, deadline = "", time.monotonic() + 30
        while until not in shown and time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 1)[0]:
                shown += os.read(self._terminal, 10_000).decode()
        return shown

    def close(self) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._terminal)


@pytest.fixture
def typist() -> Iterator[Typist]:
    one = Typist("bash", "--norc", "--noprofile", "-i")
    one.type("source <(nnu completion bash); echo ready$((1+1))\n", until="ready2")
    yield one
    one.close()


def test_a_real_bash(typist: Typist) -> None:
    typed = "nnu trai\tti\ttrain.optimiser.kind=mome\tdata.train_sa\t5\n"
    meant = "<train><tiny.yaml><train.optimiser.kind=momentum><data.train_samples=5> end"
    assert meant in typist.type(typed, until=" end")
    typed = "nnu analyze la\tdeep/20260102\t--wi\tun\t\n"
    meant = "<analyze><latest><deep/20260102T000000Z-89abcdef><--window><unit> end"
    assert meant in typist.type(typed, until=" end")
