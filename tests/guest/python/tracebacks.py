# What an exception shows: the lines of the evaluated source, carets, causes, and notes.
import inspect
import linecache
import sys
import traceback


def divide(number):
    return (number
            + 1) / 0


def text():
    try:
        divide(1)
    except ZeroDivisionError:
        return traceback.format_exc()


shown = text()
assert "in divide\n    return (number\n" in shown, shown
assert "            + 1) / 0" in shown and "^" in shown or "~" in shown, shown
assert inspect.getsource(divide).startswith("def divide(number):\n    return (number")
assert linecache.getline(divide.__code__.co_filename, 1).startswith("# What an exception shows")

try:
    try:
        {}["key"]
    except KeyError as error:
        error.add_note("a note")
        raise ValueError("outer") from error
except ValueError:
    shown = traceback.format_exc()
assert "KeyError: 'key'\na note\n" in shown and "direct cause" in shown

try:
    compile("x = (1,\n  y z", "there", "exec")
except SyntaxError as error:
    assert error.lineno and "invalid syntax" in error.msg or "never closed" in error.msg
    assert "there" in "".join(traceback.format_exception(error))

for source, kind in ((b"\0", SyntaxError), (b"\xff", SyntaxError), (b"# coding: nonsense\n", SyntaxError),
                     (b"if", SyntaxError), (b" x", IndentationError)):
    try:
        exec(source)
    except kind:
        pass
    else:
        raise AssertionError(source)
exec(b"\xef\xbb\xbfx = 'b'")
exec("# coding: latin-1\ny = 'é'".encode("latin-1"))
assert x == "b" and y == "é"

caught = []
sys.unraisablehook, before = caught.append, sys.unraisablehook


class Failing:
    def __del__(self):
        raise RuntimeError("in __del__")


Failing()
sys.unraisablehook = before
assert caught[0].exc_type is RuntimeError
print("ok")
