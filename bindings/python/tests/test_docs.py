"""Examples in docstrings are run."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["", ".policy", ".values", ".receipt", ".sandbox", ".tools", ".many"])
def test_examples(name):
    module = importlib.import_module(f"belljar{name}")
    tested = doctest.testmod(module, extraglobs={}, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert tested.failed == 0 and tested.attempted > 0
