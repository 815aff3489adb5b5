"""A run that is read again with its data: it must be what it was, or nothing is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnuniverse import data
from nnuniverse.config import RunConfig, config_values
from nnuniverse.config.graph import GraphmlMask, GraphNetwork, NpzMask
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.rounding import PARTS, Rounding, recorded_rounding
from nnuniverse.experiments.samples import NETS, Datasets, identify, load_dataset
from nnuniverse.experiments.start import KEY as START
from nnuniverse.experiments.start import read_start
from nnuniverse.runs import FoundRun, Provenance, RunFolder, open_results, open_run_folder
from nnuniverse.runs.extension import Extension, extensions_of
from nnuniverse.runs.identity import (
    ATTRIBUTE,
    Identity,
    read_identity,
    require_recorded_config,
    require_same,
    run_hash_of_0_1,
    stored_config,
)

Tell = Callable[[str], None]
"""Hears what a person should know."""

OF_0_1 = "is of version 0.1.0: whether it is what it was is told by its old hash"

MOVED = "Where a file lies now is told by `nnu train --resume RUN data.path=FILE`."


def require_no_overrides(overrides: Sequence[str]) -> None:
    """Raise ConfigError for keys that are to be changed of a run, which is taken as it is.

    ``overrides``: ``dotted.key=value`` each.
    """
    if overrides:
        actual = f"has {overrides[0]!r}"
        raise ConfigError("a run", "be taken as it is", actual, "its config instead")


def tell_nobody(text: str) -> None:
    """Say nothing.

    ``text``: is not told.
    """


@dataclass(frozen=True)
class IdentifiedRun:
    """A run folder with its config and samples, which are those that it is trained with.

    ``identity``: what the run is; ``run_hash``: what tells it from others, as it was begun;
    ``rounding``: how it divides sums; None: nothing of it was begun; ``extensions``: by which it
    was made longer.
    """

    folder: RunFolder
    config: RunConfig
    dataset: data.Dataset
    identity: Identity
    run_hash: str
    rounding: Rounding | None
    extensions: tuple[Extension, ...] = ()

    @property
    def run_hashes(self) -> tuple[str, ...]:
        """What tells the run from others, and what did while it was shorter, newest first."""
        return (self.run_hash, *(step.run_hash for step in reversed(self.extensions)))

    @property
    def header(self) -> dict[str, object]:
        """What provenance says of the whole run."""
        header = run_header(self.config, self.dataset, self.identity)
        return {**header, "run_hash": self.run_hash}


def run_header(config: RunConfig, dataset: data.Dataset, identity: Identity) -> dict[str, object]:
    """Return what the provenance of a new run begins with.

    ``config``: that of the run, whole; ``dataset``: the samples of training and test; ``identity``:
    hashes of config, data and files.
    """
    return {
        "run_hash": identity.run_hash,
        "config_hash": config.hash(),
        "family_hash": identity.family_hash,
        "seeds": list(config.seeds),
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        ATTRIBUTE: identity.record(),
    }


def reopen_run(
    path: Path,
    tell: Tell = tell_nobody,
    moved: tuple[str, ...] = (),
    *,
    of_ensemble: bool = False,
) -> IdentifiedRun:
    """Return the run in the folder ``path``; ``tell`` hears what a person should know.

    ``moved``: overrides of keys that name files, for files that lie elsewhere now;
    ``of_ensemble``: whether it must be one, instead of the training of a net.  Raises
    ConfigError if config, data, a file that the config names or the numerical settings are not what
    they were, and DataError if the data cannot be had.
    """
    folder = open_run_folder(path)
    config = stored_config(folder, moved)
    _require_kind(config, folder, of_ensemble)
    provenance, attributes = Provenance.read(folder.provenance).content, _attributes(folder)
    recorded = [
        identity
        for record in (attributes.get(ATTRIBUTE), provenance.get(ATTRIBUTE))
        if (identity := read_identity(record))
    ]
    try:
        dataset = load_dataset(config)
        now = identify(config, dataset, _known_nets(config, recorded if attributes else []))
    except ConfigError as error:
        raise ConfigError(f"{error} {MOVED}") from error
    for identity in recorded:
        require_same(identity, now, config, folder)
    extensions = extensions_of(provenance, config.hash())
    run_hash = attributes.get("run_hash", provenance.get("run_hash", now.run_hash))
    if extensions:  # what is recorded may be of before
        run_hash = now.run_hash
    if not recorded and run_hash != now.run_hash:
        _require_same_as_0_1(folder, config, dataset, attributes, str(run_hash))
        tell(f"{folder} {OF_0_1}")
    rounding = None
    if attributes or provenance.get("run_hash"):  # else nothing was begun
        rounding = recorded_rounding(attributes if PARTS in attributes else provenance, folder)
    return IdentifiedRun(folder, config, dataset, now, str(run_hash), rounding, extensions)


def _require_kind(config: RunConfig, folder: RunFolder, of_ensemble: bool) -> None:
    """Raise ConfigError unless the run is that of an ensemble, or of training."""
    subject = f"RUN {str(folder)!r}"
    if of_ensemble and config.evolve is None:
        remedy = f"`nnu evolve {folder}`, and the run that this makes"
        raise ConfigError(subject, "be an ensemble", "trained a net", remedy)
    if not of_ensemble and config.evolve is not None:
        remedy = f"`nnu mechanics {folder}`, or `nnu evolve --resume {folder}`"
        raise ConfigError(subject, "have trained a net", "is an ensemble", remedy)


def _known_nets(config: RunConfig, recorded: Sequence[Identity]) -> dict[str, str]:
    """Return the digests of the nets that the config names by their paths, of a run that is begun.

    It goes on from its checkpoint, whatever has become since of the net that it began with.
    """
    values = config_values(config)
    return {
        str(values[key]): identity.files[key]
        for identity in reversed(recorded)
        for key in NETS
        if key in identity.files and values.get(key)
    }


def require_same_start(run: IdentifiedRun) -> None:
    """Raise ConfigError if the net to begin with is another than the run was begun with."""
    path = run.config.network.start
    if path and read_start(path).digest != run.identity.files[START]:
        raise ConfigError(
            f"the net of `{START}` of {str(run.folder)!r}",
            "be what the run was begun with",
            "has changed since",
            "restoring it, or a new run",
        )


def family_hash_of_0_1(run: FoundRun, datasets: Datasets) -> str:
    """Return the hash of the family that a run of version 0.1.0 is of today.

    Raises as `reopen_run` does.

    ``datasets``: that section of the config as it was.
    """
    config = stored_config(run.folder)
    dataset = datasets.of(config)
    _require_same_as_0_1(run.folder, config, dataset, {}, run.run_hash)
    return datasets.identify(config).family_hash


def _attributes(folder: RunFolder) -> Mapping[str, object]:
    """Return the attributes of the results; none where they are not there, or damaged."""
    try:
        with open_results(folder.results) as file:
            return dict(file.attrs)
    except (RunError, OSError, RuntimeError):
        return {}


def _require_same_as_0_1(
    folder: RunFolder,
    config: RunConfig,
    dataset: data.Dataset,
    attributes: Mapping[str, object],
    run_hash: str,
) -> None:
    require_recorded_config(config, folder, attributes)
    digest = b""
    if isinstance(config.network, GraphNetwork):
        mask = config.network.mask
        if isinstance(mask, NpzMask | GraphmlMask):
            digest = data.file_digest(Path(mask.path), "network.mask.path")
    if run_hash_of_0_1(folder.config, dataset.fingerprint, digest) != run_hash:
        raise ConfigError(
            f"the data or config of {str(folder)!r}",
            "be those that the run was trained with",
            "has changed since",
            "restoring them, or a new run",
        )
