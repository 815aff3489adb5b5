"""The examples in docstrings give what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import nnuniverse

PACKAGE = Path(nnuniverse.__file__).parent

WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text() and path.parent.name != "api"  # which need a run
]


@pytest.mark.quick
@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_of_docstrings_hold(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0


def test_forty_functions_and_more_have_an_example():
    finder = doctest.DocTestFinder()
    with_example = [
        test.name
        for module in WITH_EXAMPLES
        for test in finder.find(importlib.import_module(module))
        if test.examples
    ]
    assert len(with_example) >= 40
