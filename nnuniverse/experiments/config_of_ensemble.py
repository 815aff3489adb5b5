"""The config of an ensemble of a run's net.  No JAX."""

from __future__ import annotations

from pathlib import Path

from nnuniverse.config import RunConfig, parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.runs import open_run_folder
from nnuniverse.runs.identity import stored_config


def config_of_run(path: Path, overrides: tuple[str, ...]) -> RunConfig:
    """Return the config of an ensemble of the net in the run folder ``path``, with ``overrides``.

    Raises ConfigError if there is no run, or for a wrong override.
    """
    stored = stored_config(open_run_folder(path))
    if stored.evolve is not None:
        raise ConfigError(
            f"RUN {str(path)!r}",
            "be a run of `nnu train`",
            "is an ensemble already",
            f"`nnu evolve --resume {path}`, or `nnu evolve {stored.evolve.run}`",
        )
    values = stored.model_dump(mode="json")
    values |= {"name": f"{stored.name}-evolve"[:64], "replicas": 1}
    values["evolve"] = {"run": str(path.absolute())}
    return parse_config(values, overrides)
