"""One ``python3`` command, as people and models write it for a shell, where there is no shell.

What a shell would do with the text is either done exactly (words and quotes) or refused with a reason: an expansion, a pipe or a second
command that was passed over would run something else than what was written.
"""

from __future__ import annotations

import re
import typing

HELP = (
    "There is no shell here, and no program but Python: run `python3 -c 'CODE'`, `python3 SCRIPT ARGUMENTS`, `python3 -m MODULE`, or\n"
    "`python3 - <<'EOF'`, a program and a line EOF; one such command at a time, after `cd DIRECTORY && ` if need be. Files have tools of "
    "their own (ls, read_file, write_file, edit_file, glob, grep)."
)

_PYTHON = ("python", "python3", "python3.13")
_HARMLESS = re.compile(r"-[uBIEsS]+")
_CD = re.compile(r"cd\s+(?P<to>[^\n]*?)\s*&&\s*(?P<rest>.*)", re.DOTALL)
_HERE = re.compile(r"(?P<command>[^\n]*?)<<(?P<strip>-?)\s*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)(?:[ \t]+2>&1)?[ \t]*\n(?P<text>.*)", re.DOTALL)
_FOR_A_SHELL = "|&;<>()$`*?[\n"


class CommandError(ValueError):
    """What it is not; ``code`` is what a shell would exit with."""

    def __init__(self, message: str, code: int = 127):
        super().__init__(message)
        self.code = code


class _OpenQuote(CommandError):
    pass


class Command(typing.NamedTuple):
    """``kind`` is -c (`what` is code), -m (a module) or file; ``arguments`` is sys.argv, ``folder`` where it starts."""

    kind: str
    what: str
    arguments: list[str]
    folder: str = "."


def parse(command: str) -> Command:
    """CommandError: it is not one ``python3`` command.

    >>> parse("cd sub && python3 -c 'print(1)' a")
    Command(kind='-c', what='print(1)', arguments=['-c', 'a'], folder='sub')
    """
    text = command.strip()
    cd = _CD.fullmatch(text)
    folder = _words(cd["to"]) if cd else ["."]
    if cd:
        text = cd["rest"]
    here = _HERE.fullmatch(text)
    if here and _is_in_quotes(here["command"]):  # code with a shift in it
        here = None
    if here:
        text = here["command"].strip()
    name = (text.split(maxsplit=1) or [""])[0]
    if name.rpartition("/")[2] not in _PYTHON:
        raise CommandError(f"{name}: command not found\n{HELP}")
    if len(folder) != 1:
        raise CommandError(f"cd takes one directory\n{HELP}", 2)
    rest = _words(re.sub(r"\s+2>&1$", "", text))[1:]  # both streams are one in any case
    while rest and _HARMLESS.fullmatch(rest[0]):
        rest.pop(0)
    if not here:
        return _program(rest)._replace(folder=folder[0])
    if rest[:1] not in ([], ["-"]):
        raise CommandError(f"a here-document is the program itself: `python3 - <<'EOF'`\n{HELP}", 2)
    return Command("-c", _document(here), ["-", *rest[1:]], folder[0])


def _program(rest: list[str]) -> Command:
    first = rest[0] if rest else ""
    if first in ("-V", "--version"):
        return Command("-c", "import platform; print('Python', platform.python_version())", ["-c"])
    if first in ("-c", "-m") and len(rest) > 1:
        return Command(first, rest[1], [first, *rest[2:]])
    if first and not first.startswith("-"):
        return Command("file", first, rest)
    raise CommandError(f"python3: a program is missing, or an option ({first}) that is not known here\n{HELP}", 2)


def _document(here: re.Match[str]) -> str:
    lines = here["text"].split("\n")
    if here["strip"]:
        lines = [line.lstrip("\t") for line in lines]
    if lines[-1] != here["end"] or here["end"] in lines[:-1]:
        raise CommandError(f"the here-document does not end with a line {here['end']}, or something follows it\n{HELP}", 2)
    text = "\n".join(lines[:-1]) + "\n"
    if not here["quote"] and re.search(r"[$`\\]", text):
        raise CommandError(f"a shell would expand what is in this here-document, and there is none: write <<'{here['end']}'", 2)
    return text


def _is_in_quotes(text: str) -> bool:
    """Whether what follows is still quoted."""
    try:
        _words(text)
    except _OpenQuote:
        return True
    except CommandError:
        pass
    return False


def _words(text: str) -> list[str]:
    """The words of a command, as POSIX has them (Shell Command Language, 2.2), where there is nothing else for a shell to do."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    letters = iter(text)
    for letter in letters:
        if quote == "'" and letter != "'":
            word = (word or "") + letter
        elif letter == "\\" and quote != "'":
            escaped = next(letters, "")
            if not escaped:
                raise CommandError(f"a backslash with nothing after it\n{HELP}", 2)
            if escaped != "\n":  # which joins two lines
                word = (word or "") + (escaped if not quote or escaped in '$`"\\' else letter + escaped)
        elif letter == quote:
            quote = ""
        elif quote:
            if letter in "$`":
                raise CommandError(f"{letter} in double quotes is for a shell to expand, and there is none: use single quotes\n{HELP}", 2)
            word = (word or "") + letter
        elif letter in "'\"":
            quote, word = letter, word or ""
        elif letter in " \t":
            words += [] if word is None else [word]
            word = None
        elif letter in _FOR_A_SHELL or (letter in "~#" and word is None):
            raise CommandError(f"`{letter.strip() or 'a line break'}` outside of quotes is for a shell\n{HELP}", 2)
        else:
            word = (word or "") + letter
    if quote:
        raise _OpenQuote(f"a quotation that does not end\n{HELP}", 2)
    return words if word is None else [*words, word]
