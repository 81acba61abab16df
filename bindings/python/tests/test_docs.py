"""Examples in docstrings are run."""

import doctest
import importlib.util
import pathlib
import subprocess
import sys

import pytest

import belljar


@pytest.mark.parametrize("name", ["", ".policy", ".values", ".receipt", ".displays", ".sandbox", ".tools", ".many", ".pool", "._command"])
def test_examples(name):
    module = importlib.import_module(f"belljar{name}")
    # As for a reader who has imported what the example names.
    names = {name: getattr(belljar, name) for name in belljar.__all__}
    tested = doctest.testmod(module, extraglobs=names, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert tested.failed == 0 and tested.attempted > 0


DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs.py"


@pytest.mark.skipif(not DOCS.exists() or sys.version_info[:2] != (3, 11), reason="signatures read differently elsewhere")
def test_the_page_is_up_to_date():
    made = subprocess.run([sys.executable, DOCS], capture_output=True, text=True, check=True).stdout
    assert made == (DOCS.parents[2] / "docs" / "python-api.md").read_text(), "run bindings/python/docs.py --write"


@pytest.mark.skipif(not DOCS.exists(), reason="tests of an installation")
def test_every_public_name_is_on_the_page():
    spec = importlib.util.spec_from_file_location("docs", DOCS)
    docs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(docs)
    assert {name for names in docs.SECTIONS.values() for name in names} == set(belljar.__all__)
