"""The same as tests/references.py, which test-wheel.sh runs on every Python: a program of its own."""

import pathlib


def test_no_function_keeps_or_loses_references(program):
    source = pathlib.Path(__file__).with_name("references.py").read_text()
    ended = program(source, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
