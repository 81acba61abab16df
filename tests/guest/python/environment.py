# The interpreter as a script finds it: names, paths, streams, what site would have added.
import builtins
import os
import sys

assert __name__ == "__main__"
assert sys.platform == "wasi" and sys.version_info[:2] == (3, 13)
assert os.getcwd() == "/work" and sys.path[0] == "/work" and sys.path[1] == "/lib/belljar", sys.path
assert len(sys.argv) >= 1 and all(type(argument) is str for argument in sys.argv)
assert sys.stdout.encoding == "utf-8" and sys.stdout.line_buffering
assert sys.stdout.errors == "strict" and sys.stderr.errors == "backslashreplace"
assert sys.getfilesystemencoding() == "utf-8"
assert not sys.flags.dev_mode and sys.flags.isolated and sys.dont_write_bytecode
assert sys.getrecursionlimit() == 1000
for name in ("exit", "quit", "help"):
    assert callable(getattr(builtins, name)), name
assert type(os.environ) is os._Environ
os.environ["BELLJAR_TEST"] = "wörter"
assert os.getenv("BELLJAR_TEST") == "wörter"
del os.environ["BELLJAR_TEST"]
assert eval("__import__('os')") is os
assert sys.stdin.read() == "" or True

print("ok")
