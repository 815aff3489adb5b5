"""Reading YAML that may come from anywhere: plain data only, and never more than was written."""

from __future__ import annotations

import re
from collections.abc import Hashable

import yaml

from nnuniverse.errors import ConfigError

MAX_CHARACTERS = 1_000_000
"""Chosen empirically: some hundred times the longest config that a person would write."""


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without aliases, duplicate keys and dates, and with the floats of YAML 1.2."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            # References to references expand without end; a config needs none.
            raise yaml.MarkedYAMLError(
                problem="aliases are not allowed",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, object]:
        if not isinstance(node, yaml.MappingNode):  # `!!map [1]`
            raise yaml.MarkedYAMLError(problem="expected a mapping", problem_mark=node.start_mark)
        mapping: dict[Hashable, object] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} is not text", problem_mark=key_node.start_mark
                )
            if key in mapping:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} appears twice", problem_mark=key_node.start_mark
                )
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping


def _replace_resolvers(resolver: type[yaml.resolver.BaseResolver]) -> None:
    """Let 1e-3 be a number, and 010, 1:30 and 2020-01-01 be text: as people mean them."""
    changed = [f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp")]
    resolver.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in changed]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    whole = r"[-+]?(0|[1-9][0-9_]*)"
    resolver.add_implicit_resolver(
        "tag:yaml.org,2002:int",
        re.compile(rf"^({whole}|[-+]?0x[0-9a-fA-F_]+)$"),
        list("-+0123456789"),
    )
    resolver.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(
            rf"^({whole}\.[0-9_]*([eE][-+]?[0-9]+)?|{whole}[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
        ),
        list("-+.0123456789"),
    )


class _PlainDumper(yaml.SafeDumper):
    """SafeDumper that quotes what `_PlainLoader` would not read as text."""


_replace_resolvers(_PlainLoader)
_replace_resolvers(_PlainDumper)

PLAIN_TAGS = ("null", "bool", "int", "float", "str", "seq", "map")
_PlainLoader.yaml_constructors = {
    None: yaml.SafeLoader.construct_undefined,
    **{
        tag: yaml.SafeLoader.yaml_constructors[tag]
        for tag in (f"tag:yaml.org,2002:{name}" for name in PLAIN_TAGS)
    },
}
_PlainLoader.add_constructor("tag:yaml.org,2002:map", _PlainLoader.construct_mapping)


def read_yaml(text: str, where: str) -> object:
    """Parse ``text`` into dicts, lists and scalars; ``where`` names it in errors.

    Raises ConfigError for text that is not YAML, that tries to build Python objects, that uses
    aliases, repeats a key, nests too deeply or is longer than `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(
            f"{where} must be a config of at most {MAX_CHARACTERS} characters, "
            f"but has {len(text)}. Try `nnu config template`."
        )
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (derives from SafeLoader)
    except RecursionError:
        raise ConfigError(
            f"{where} must be plain YAML, but nests too deeply. Try `nnu config template`."
        ) from None
    except (yaml.YAMLError, ValueError, LookupError) as error:  # `!!int ""` is an IndexError
        raise ConfigError(
            f"{where} must be plain YAML, but {_problem(error)}. Try `nnu config template`."
        ) from None


def write_yaml(value: object, *, flow: bool | None = None) -> str:
    """Return ``value`` as YAML that `read_yaml` reads back as it was; ``flow`` as in PyYAML."""
    return yaml.dump(value, Dumper=_PlainDumper, sort_keys=False, default_flow_style=flow)


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark else problem
