"""What a run is: the same wherever it lies, whatever it is called, on however many processors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nnuniverse.config import RunConfig, config_default, config_values, flattened, load_config
from nnuniverse.config.load import read_mapping
from nnuniverse.errors import ConfigError
from nnuniverse.runs.extension import extensions_of
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.provenance import Provenance

OF_NO_REPLICA = ("seed", "replicas")
"""Keys of a config that say which replicas there are, and change nothing in any of them."""

ATTRIBUTE = "identity"
"""Of ``results.h5``, and key of ``provenance.json``, that holds the record of an `Identity`."""


@dataclass(frozen=True)
class Identity:
    """Everything that a number of a run may depend on, and nothing else.

    ``config``: its essentials by dotted key; ``files``: the SHA-256 of every file that the config
    names besides the data, by key; ``data``: the fingerprint of the samples; ``numerics``: the
    settings under which numbers are drawn and multiplied, by name; ``extensions``: what installed
    packages give of it, with their names and versions.
    """

    config: Mapping[str, object]
    files: Mapping[str, str]
    data: str
    numerics: Mapping[str, object]
    extensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def run_hash(self) -> str:
        """SHA-256 that tells runs apart."""
        return _hash(self.record())

    @property
    def family_hash(self) -> str:
        """SHA-256 that runs share which differ only in which replicas they have."""
        config = {key: of for key, of in self.config.items() if key not in OF_NO_REPLICA}
        return _hash({**self.record(), "config": config})

    def record(self) -> dict[str, object]:
        """Return it as plain data, from which `read_identity` makes it again."""
        record = asdict(self)
        if not self.extensions:  # as before there were any
            del record["extensions"]
        return record


def read_identity(record: object) -> Identity | None:
    """Return the identity of which ``record`` tells, as data or JSON; None if it is no such."""
    try:
        content = json.loads(record) if isinstance(record, str | bytes) else record
        identity = Identity(**content) if isinstance(content, dict) else None
    except (TypeError, ValueError, RecursionError):
        return None
    if identity is None:
        return None
    mappings = (identity.config, identity.files, identity.numerics, identity.extensions)
    whole = all(isinstance(part, dict) for part in mappings) and isinstance(identity.data, str)
    return identity if whole else None


def config_identity(config: RunConfig) -> dict[str, object]:
    """Return the part of an identity that the config alone tells."""
    return flattened(config.essentials())


def require_same(recorded: Identity, now: Identity, config: RunConfig, folder: RunFolder) -> None:
    """Raise ConfigError, which names the difference, unless a run is what it was.

    ``recorded``: what it was, or was before it was extended; ``now``: what the ``config`` and files
    make it.

    ``folder``: that of the run.
    """
    _require_same_config(recorded.config, config, folder)
    for key in {**recorded.files, **now.files}:
        if recorded.files.get(key) != now.files.get(key):
            raise _changed(f"the file of `{key}`", folder)
    if recorded.data != now.data:
        raise _changed("the data", folder)
    for what in {**recorded.extensions, **now.extensions}:
        was = recorded.extensions.get(what, "none of a package")
        is_ = now.extensions.get(what, "not installed")
        if was != is_:
            raise ConfigError(
                f"the {what} of {str(folder)!r}",
                f"stay that of {was}",
                f"is {is_}",
                "installing that version, or a new run",
            )
    for name in {**recorded.numerics, **now.numerics}:
        if recorded.numerics.get(name) != now.numerics.get(name):
            raise ConfigError(
                f"the setting `{name}` of {str(folder)!r}",
                f"stay {recorded.numerics.get(name)!r}",
                f"is {now.numerics.get(name)!r}",
                "the version and flags in provenance.json, or a new run",
            )


def require_recorded_config(
    config: RunConfig, folder: RunFolder, attributes: Mapping[str, object]
) -> None:
    """Raise ConfigError unless ``config``, read from ``folder``, is that of the results.

    ``attributes``: of the whole ``results.h5``.  Those of 0.1.0 tell a hash only, but provenance
    may tell more; where nothing tells of a config, nothing is asked.
    """
    recorded = read_identity(attributes.get(ATTRIBUTE))
    if recorded is None:
        recorded = read_identity(Provenance.read(folder.provenance).content.get(ATTRIBUTE))
    if recorded is not None:
        _require_same_config(recorded.config, config, folder)
    elif attributes.get("config_hash") not in (None, config_hash_of_0_1(folder.config)):
        raise _changed("the config", folder)


def _require_same_config(
    recorded: Mapping[str, object], config: RunConfig, folder: RunFolder
) -> None:
    now, written = config_identity(config), config_values(config)
    if recorded != now and _was_extended(recorded, config, folder):
        return
    for key in {**recorded, **now}:
        if recorded.get(key) != now.get(key):
            was = recorded.get(key, config_default(key))
            raise ConfigError(
                f"`{key}` of {str(folder)!r}",
                f"stay {was!r:.60}, as the run was trained",
                f"is {written.get(key, now.get(key))!r:.60} in its config.yaml",
                "restoring it, or a new run",
            )


def _was_extended(recorded: Mapping[str, object], config: RunConfig, folder: RunFolder) -> bool:
    """Return whether the run of ``config`` is that of a ``recorded`` config with more epochs."""
    content = Provenance.read(folder.provenance).content
    earlier = [read_identity(step.identity) for step in extensions_of(content, config.hash())]
    return any(identity is not None and identity.config == recorded for identity in earlier)


def _changed(what: str, folder: RunFolder) -> ConfigError:
    return ConfigError(
        f"{what} of {str(folder)!r}",
        "be what the run was trained with",
        "has changed since",
        "restoring it, or a new run",
    )


def _hash(content: Mapping[str, object]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- what is stored ------------------------------------------------------------------------------


def stored_config(folder: RunFolder, moved: tuple[str, ...] = ()) -> RunConfig:
    """Return the config of a run; ``moved``: overrides that say where its files lie now.

    Its paths are absolute but in runs of 0.1.0, where they start from the current folder.
    """
    return load_config(folder.config, moved, relative_to=Path(), stored=True)


# --- runs of version 0.1.0, schema 1 -------------------------------------------------------------


def config_hash_of_0_1(path: Path) -> str:
    """Return the SHA-256 of the config in the file ``path`` as 0.1.0 took it: of all keys."""
    return _hash(read_mapping(path, "CONFIG", "`nnu runs`"))


def run_hash_of_0_1(path: Path, fingerprint: str, mask_digest: bytes) -> str:
    """Return the SHA-256 that told runs apart in version 0.1.0.

    ``path``: of the config; ``fingerprint``: of the data; ``mask_digest``: that of the file of a
    graph's mask, else empty.
    """
    parts = f"{config_hash_of_0_1(path)}{fingerprint}".encode() + mask_digest
    return hashlib.sha256(parts).hexdigest()
