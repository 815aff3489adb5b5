"""The examples in docstrings give what they say."""

import doctest
import importlib
from pathlib import Path

import pytest
from examples_of import require_examples_hold

import nnuniverse

PACKAGE = Path(nnuniverse.__file__).parent

WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text()
]

PUBLIC = {getattr(nnuniverse, name).__module__ for name in nnuniverse.__all__ if name[0] != "_"}
"""Modules whose examples may need a run; tests/api has one."""


@pytest.mark.quick
@pytest.mark.parametrize("module", [name for name in WITH_EXAMPLES if name not in PUBLIC])
def test_examples_of_docstrings_hold(module):
    require_examples_hold(module)


def test_forty_functions_and_more_have_an_example():
    finder = doctest.DocTestFinder()
    with_example = [
        test.name
        for module in WITH_EXAMPLES
        for test in finder.find(importlib.import_module(module))
        if test.examples
    ]
    assert len(with_example) >= 40
