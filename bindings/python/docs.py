"""Writes docs/python-api.md from the docstrings of the package, as it is installed or on $PYTHONPATH:

    python3 bindings/python/docs.py            # to standard output
    python3 bindings/python/docs.py --write
    python3 bindings/python/docs.py --sources  # of the sources beside this file, without anything built

What can be said in Python is all that the page tells, so the sources do without their extension.
"""

import dataclasses
import inspect
import pathlib
import re
import sys
import types

HERE = str(pathlib.Path(__file__).resolve().parent)


class NoExtension(types.ModuleType):
    """In the place of belljar._core where that is not built: any name is a number that is a type, too."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return {"LIMITS": (), "VERSION": ""}.get(name, 0 if name.isupper() else type(name, (), {}))


# This folder has the package's sources, which lack its extension.
sys.path[:] = [path for path in sys.path if path != HERE]
if "--sources" in sys.argv:
    sys.path.insert(0, HERE)
    sys.dont_write_bytecode = True
    sys.modules["belljar._core"] = NoExtension("belljar._core")

import belljar  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python-api.md"

SECTIONS = {
    "Running code": ["run", "map", "imap", "Sandbox", "Files", "File", "Snapshot", "Pool"],
    "Without blocking an event loop": ["arun", "amap", "configure", "counters"],
    "What a sandbox may use": ["Policy", "Memory", "Archive"],
    "Tools": ["tool", "Tool"],
    "What comes back": ["Receipt", "Error", "Limit", "Usage", "FileChange", "Changes", "Denial", "ToolCall", "Display", "Image", "ArrowData"],
    "Errors": [
        "BelljarError", "ArgumentError", "ModuleError", "SandboxEnded", "BusyError", "StoppedError", "UnsupportedError", "OutOfMemory",
        "IOFailure", "GuestBroken", "EngineError", "GuestError", "GuestException", "LimitReached", "Trapped", "Interrupted", "Exited",
    ],
    "Else": ["describe"],
}  # fmt: skip


def text_of(thing) -> str:
    """A docstring as Markdown: roles as code, examples as blocks of code."""
    out, in_example = [], False
    for line in (inspect.getdoc(thing) or "").splitlines():
        starts = line.startswith(">>>")
        if starts and not in_example:
            out.append("```pycon")
        elif in_example and not line:
            out.append("```")
        in_example = starts or (in_example and bool(line))
        for role in (":class:", ":meth:", ":func:"):
            line = line.replace(role, "")
        out.append(line if in_example else line.replace("``", "`"))
    return "\n".join([*out, "```"] if in_example else out)


def signature_of(name: str, thing) -> str:
    try:
        signature = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return name
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)  # annotations are text
    for noise in ("typing.", "_tools.", "_core."):
        signature = signature.replace(noise, "")
    return name + signature.replace("(self, /, ", "(").replace("(self, ", "(").replace("(self)", "()")


def members(kind: type):
    if issubclass(kind, BaseException):
        return
    for name, member in vars(kind).items():
        plain = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if name.startswith("_") or not inspect.getdoc(plain) or dataclasses.is_dataclass(kind) and not callable(plain):
            continue
        yield name, plain


def entry(name: str, thing) -> list[str]:
    if isinstance(thing, type) and issubclass(thing, BaseException):
        bases = ", ".join(base.__name__ for base in thing.__bases__)
        return [f"- `{name}({bases})`: {' '.join(text_of(thing).split())}"]
    lines = [f"### {name}", "", f"```python\n{signature_of(name, thing)}\n```", "", text_of(thing), ""]
    if isinstance(thing, type):
        for member, value in members(thing):
            title = signature_of(member, value) if inspect.isfunction(value) else member
            lines += [f"**`{title}`** ", "", text_of(value), ""]
    return lines


def page() -> str:
    lines = [
        "# The Python package",
        "",
        "Generated from the docstrings by `bindings/python/docs.py --write`; [bindings/python/README.md](../bindings/python/README.md)",
        "is the quick start.",
        "",
    ]
    for section, names in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in names:
            lines += entry(name, getattr(belljar, name))
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page())
    else:
        sys.stdout.write(page())
