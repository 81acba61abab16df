# The library's sources, for whoever looks; where resources are found; and what sysconfig says of all that.
import importlib.resources
import inspect
import json
import linecache
import os
import pathlib
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
