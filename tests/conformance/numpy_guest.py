"""Runs one file of numpy's own tests inside the sandbox and says what became of each test: numpy_guest.py numpy/_core/tests/test_umath.py

The tests lie below /suite, as in numpy's source. As cpython_guest.py has it, one line per event goes to stdout, behind a record separator: JSON with
`test`, its `outcome` and a `text` (the reason of a skip, the last line of an error); `done` at the end.
"""

import importlib
import json
import os
import sys
import types

import pytest

OUTPUT = os.dup(1) if hasattr(os, "dup") else 1
SUITE = "/suite"
# C modules that numpy's tests use to look inside numpy; they are not linked in.
INSIDE = ("_multiarray_tests", "_umath_tests", "_rational_tests", "_operand_flag_tests", "_struct_ufunc_tests", "_simd")


def tell(**event):
    data = ("\n\x1e" + json.dumps(event) + "\n").encode()
    while data:
        data = data[os.write(OUTPUT, data):]


class Inside(types.ModuleType):
    """In the place of a module that looks inside numpy: who uses it skips. What pytest itself asks for is not there."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "get_fpu_mode":
            return lambda: None  # a fixture for every test compares it before and after

        def not_linked(*args, **kwargs):
            pytest.skip(f"{self.__name__} is not linked in")

        return not_linked


class Teller:
    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr or "").strip().split("\n")[-1]
        outcome = "skipped" if "not_linked" in report.nodeid else report.outcome  # one of their values is among what is not there
        tell(test=report.nodeid, outcome=outcome, text=text[:400])

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr).strip().split("\n")[-1]
            tell(test=report.nodeid, outcome=report.outcome, text=text[:400])


def main(name):
    for folder, folders, _ in os.walk(f"{SUITE}/numpy"):
        if "tests" in folders:
            package = os.path.relpath(folder, SUITE).replace("/", ".")
            try:
                importlib.import_module(package).__path__.append(folder)
            except ImportError:
                pass  # f2py, distutils: not in the guest
    for each in INSIDE:
        sys.modules[f"numpy._core.{each}"] = Inside(f"numpy._core.{each}")
        setattr(sys.modules["numpy._core"], each, sys.modules[f"numpy._core.{each}"])
    pytest.main(["-q", "-p", "no:cacheprovider", "-o", "addopts=", "--rootdir", SUITE, "-W", "ignore::pytest.PytestUnknownMarkWarning", f"{SUITE}/{name}"],
                plugins=[Teller()])
    tell(done=name)


main(sys.argv[1])
