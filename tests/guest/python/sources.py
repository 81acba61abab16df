# The library's sources, for whoever looks; where resources are found; and what sysconfig says of all that.
import collections.abc
import importlib.resources
import inspect
import io
import json
import linecache
import os
import pathlib
import pdb
import sys
import sysconfig
import time
import traceback

assert inspect.getsource(json.dumps).startswith("def dumps(obj,")
assert inspect.getsource(json.JSONDecoder).startswith("class JSONDecoder(object):")
assert inspect.getsource(pathlib).count("\n") > 3
assert inspect.getsource(sys.modules["_belljar_threads"]).startswith('"""Threads')
try:
    json.loads("{")
except json.JSONDecodeError:
    shown = traceback.format_exc()
assert "    return _default_decoder.decode(s)\n" in shown, shown
assert linecache.getline(json.__file__.removesuffix("c"), 1, vars(json)).startswith('r"""JSON')
assert inspect.getsourcelines(json.loads)[1] > 100
# Frozen modules (of their functions CPython itself finds no source), and the names that modules have as files.
assert inspect.getsource(os).startswith('r"""OS routines') and inspect.getsource(io).startswith('"""The io')
assert inspect.getsource(collections.abc.Sequence).startswith("class Sequence(Reversible, Collection):")
assert linecache.getline(json.__file__, 1).startswith('r"""JSON') and linecache.getlines("/lib/belljar/no.py") == []
assert pdb.find_function("makedirs", os.__file__)[0] == "makedirs"
try:
    inspect.getsource(len)
except TypeError:
    pass

os.makedirs("pk/data")
pathlib.Path("pk/__init__.py").write_text("import importlib.resources as r\nhere = r.files()\n")
pathlib.Path("pk/data/text.txt").write_text("hi\n")
import pk

assert str(pk.here) == "/work/pk" and (pk.here / "data" / "text.txt").read_text() == "hi\n"
assert importlib.resources.files("pk").joinpath("data/text.txt").read_text() == "hi\n"
assert importlib.resources.files("json").joinpath("decoder.pyc").is_file()

paths = sysconfig.get_paths()
assert paths["stdlib"] == os.path.dirname(os.__file__) == "/lib/belljar" and os.path.isdir(paths["stdlib"])
assert sysconfig.get_platform().startswith("wasi") and sysconfig.get_python_version() == "3.13"
assert time.thread_time() >= 0 and time.thread_time_ns() >= 0 and time.get_clock_info("thread_time").monotonic
print("ok")
