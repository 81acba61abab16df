"""Runs one module of CPython's Lib/test inside the sandbox and says what became of each test: cpython_guest.py MODULE

One line per event goes to stdout, behind a record separator, since the tests print there as well: JSON with `began` (the
id of a test), or `test` with its `outcome`, a `text` (the reason of a skip, the last line of an error) and the `trace`
of an error. The last event is `done`. A run that traps or is stopped has none, and the test that began last is to blame.
"""

import importlib
import json
import os
import sys
import traceback
import unittest

OUTPUT = 1  # the descriptor: tests change sys.stdout


def tell(**event):
    data = ("\n\x1e" + json.dumps(event) + "\n").encode()
    while data:
        data = data[os.write(OUTPUT, data):]


def last_line(error):
    return "".join(traceback.format_exception_only(error)).strip().split("\n")[-1]


def name_of(test):
    """A test's id; of a module that unittest could not load, or that skips itself, the module's name."""
    return test.id().removeprefix("unittest.loader._FailedTest.").removeprefix("unittest.loader.ModuleSkipped.")


class Result(unittest.TestResult):
    """Tells the worst of what a test's parts say: a failed subtest is a failed test."""

    SEVERITY = ("passed", "skipped", "failed")

    def startTest(self, test):
        super().startTest(test)
        self.outcome, self.text, self.trace = "passed", "", ""
        tell(began=name_of(test))

    def stopTest(self, test):
        super().stopTest(test)
        tell(test=name_of(test), outcome=self.outcome, text=self.text, trace=self.trace)

    def note(self, test, outcome, text, trace=""):
        if not isinstance(test, unittest.TestCase):  # what stands for the fixture of a class or a module
            tell(test=name_of(test), outcome=outcome, text=text, trace=trace)
        elif self.SEVERITY.index(outcome) > self.SEVERITY.index(self.outcome):
            self.outcome, self.text, self.trace = outcome, text, trace

    def note_error(self, test, error):
        self.note(test, "failed", last_line(error[1]), "".join(traceback.format_exception(error[1]))[-4000:])

    addError = addFailure = note_error

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note_error(test, error)

    def addSkip(self, test, reason):
        self.note(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        self.note(test, "failed", "unexpected success")


def load(name):
    """The tests of a module, by its own `load_tests` where it has one; one event where it cannot be imported."""
    try:
        return unittest.TestLoader().loadTestsFromModule(importlib.import_module(name))
    except unittest.SkipTest as skip:
        tell(test=name, outcome="skipped", text=str(skip), trace="")
    except BaseException as error:
        tell(test=name, outcome="failed", text=last_line(error), trace=traceback.format_exc())
    return unittest.TestSuite()


def main():
    from test import support
    sys.modules["ctypes"] = None  # the few types that the guest has would be taken for all of it
    support.use_resources = []  # as `python -m test` has it: no network, nothing large, nothing slow
    suite = load(sys.argv[1])
    suite.run(Result())
    tell(done=sys.argv[1])


main()
