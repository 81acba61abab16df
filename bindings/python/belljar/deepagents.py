"""A sandbox as the backend of a deep agent: its files, and Python to run in it.

    from deepagents import create_deep_agent
    from belljar.deepagents import BelljarBackend

    with BelljarBackend(policy=Policy(timeout=30), mounts={"/data": ("./data", "ro")}) as backend:
        agent = create_deep_agent(model, backend=backend)

There is no shell and there are no programs in the sandbox but Python, and nothing here plays them: ``execute`` takes one command,
``python3``, and answers any other as a shell does that has never heard of it.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import mimetypes
import posixpath
import re
import threading
import time
import typing
import uuid
from collections.abc import Iterator

from deepagents.backends.protocol import (
    FILE_NOT_FOUND,
    INVALID_PATH,
    IS_DIRECTORY,
    PERMISSION_DENIED,
    DeleteResult,
    EditResult,
    ExecuteResponse,
    FileDownloadResponse,
    FileInfo,
    FileUploadResponse,
    GlobResult,
    GrepMatch,
    GrepResult,
    LsResult,
    ReadResult,
    SandboxBackendProtocol,
    WriteResult,
)
from deepagents.backends.utils import compile_grep_include_glob, create_file_data, perform_string_replacement, slice_read_response

from . import _front
from ._adapter import shown_of
from ._command import CommandError, parse
from .errors import ArgumentError, BelljarError, IOFailure
from .policy import Memory
from .receipt import FileChange, Receipt
from .sandbox import File, Sandbox

# Where deepagents puts what is too long for a conversation; and what programs expect.
_MOUNTS = {"/tmp": Memory("64M"), "/large_tool_results": Memory("64M"), "/conversation_history": Memory("64M")}

_MOST_BINARY = 512_000  # of a binary file in a conversation, as deepagents' own sandboxes have it
_MOST_TEXT = 64 << 20
_MOST_MATCHES = 10_000
_MOST_SECONDS = 10.0  # of a walk
_NOT_WALKED = ("/lib", "/dev")  # from "/": Python's own library and devices

_ERRORS = {
    errno.ENOENT: FILE_NOT_FOUND,
    errno.ENOTDIR: FILE_NOT_FOUND,
    errno.EISDIR: IS_DIRECTORY,
    errno.EACCES: PERMISSION_DENIED,
    errno.EPERM: PERMISSION_DENIED,
    errno.EROFS: PERMISSION_DENIED,
    errno.EINVAL: INVALID_PATH,
    errno.ENAMETOOLONG: INVALID_PATH,
    errno.EILSEQ: INVALID_PATH,
}

PROMPT = """The tool execute runs Python 3.13 and nothing else: there is no shell, no network and no other program. Its commands are
`python3 -c 'CODE'`, `python3 SCRIPT ARGUMENTS`, `python3 -m MODULE` and `python3 - <<'EOF'`; what runs sees the files of the other tools, and
keeps no variables for the next one. Files can be written in /work and /tmp."""
"""For the system prompt of an agent: what ``execute`` is here."""

# Runs a program as `python3` would: the guest's sandbox is fresh, and goes when it is done. Both streams are one, in the order in
# which they were written.
_RUN = """
def _start(kind, what, arguments, folder):
    import os, sys, traceback

    sys.stderr = sys.stdout
    try:
        os.chdir(folder)
    except OSError as error:
        print(f"cd: {folder}: {error.strerror}")
        raise SystemExit(1)
    sys.path[0] = os.getcwd()
    sys.argv[:] = arguments
    program = sys.modules["__main__"]
    program.__dict__.pop("_start", None)
    try:
        if kind == "-m":
            import runpy

            runpy.run_module(what, run_name="__main__", alter_sys=True)
            return
        name = "<string>"
        if kind == "file":
            sys.path[0] = os.path.dirname(os.path.abspath(what))
            program.__file__ = name = what
            try:
                with open(what, "rb") as file:
                    what = file.read()
            except OSError as error:
                print(f"python3: can't open file {name!r}: [Errno {error.errno}] {error.strerror}")
                raise SystemExit(2)
        exec(compile(what, name, "exec"), program.__dict__)
    except Exception as error:
        frames = error.__traceback__.tb_next
        while kind == "-m" and frames and frames.tb_frame.f_code.co_filename == "<frozen runpy>":
            frames = frames.tb_next
        traceback.print_exception(error.with_traceback(frames))
        raise SystemExit(1) from None

_start(*"""


class BelljarBackend(SandboxBackendProtocol):
    """Files in a sandbox, and Python that works on them, as a backend of deepagents.

    The arguments are those of :class:`belljar.Sandbox` (``policy``, ``tools``, ``mounts``, ``env``, ``packages``). Files live in /work, in
    /tmp and in what is mounted. ``execute`` runs one ``python3`` command (``-c CODE``, ``-m MODULE``, a script, a here-document) in a
    fresh interpreter that sees the files as they are; what it did to files in memory is kept, also where a limit stopped it. Commands may
    run side by side. ``timeout`` of a command is bounded by the policy's.
    """

    def __init__(self, **options: typing.Any):
        options["mounts"] = {**_MOUNTS, **(options.get("mounts") or {})}
        self._keeper = Sandbox("python", **options)  # no program runs in this one
        self._lock = threading.Lock()
        self._id = f"belljar-{uuid.uuid4()}"

    def __enter__(self) -> BelljarBackend:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the sandbox and its files."""
        with self._lock:
            self._keeper.close()

    @property
    def id(self) -> str:
        return self._id

    # ------------------------------------------------------------------ commands

    def execute(self, command: str, *, timeout: int | None = None) -> ExecuteResponse:
        """Runs a ``python3`` command. Exit code 127: it is another one; 124: its time was up."""
        try:
            source, twin = self._begin(command)
            with twin, _timer(twin, timeout):
                return self._end(twin, twin.eval(source), timeout)
        except CommandError as error:
            return ExecuteResponse(output=str(error), exit_code=error.code)

    async def aexecute(self, command: str, *, timeout: int | None = None) -> ExecuteResponse:
        """:meth:`execute`, awaited: no thread waits for the command. Cancelling the task ends it."""
        try:
            source, twin = await _front.aside(lambda: self._begin(command))
            with twin, _timer(twin, timeout):
                receipt = await twin.aeval(source)
                return await _front.aside(lambda: self._end(twin, receipt, timeout))
        except CommandError as error:
            return ExecuteResponse(output=str(error), exit_code=error.code)

    def _begin(self, command: str) -> tuple[str, Sandbox]:
        """The source that runs it, and a twin to run it in. CommandError: it cannot be."""
        source = f"{_RUN}{tuple(parse(command))!r})"
        try:
            source.encode()
        except UnicodeEncodeError as error:
            raise CommandError(str(error), 1) from None
        with self._lock:
            return source, self._keeper.fork()

    def _end(self, twin: Sandbox, receipt: Receipt, timeout: int | None) -> ExecuteResponse:
        with self._lock:
            notes = [*_ending(receipt, timeout), *self._keep(twin, receipt)]
        output = receipt.stdout + "".join(part + "\n" for part in shown_of(receipt) if part) + receipt.stderr
        if notes:
            output += ("" if not output or output.endswith("\n") else "\n") + "\n".join(notes) + "\n"
        return ExecuteResponse(output=output, exit_code=_exit_code(receipt), truncated=_is_cut(receipt))

    def _keep(self, twin: Sandbox, receipt: Receipt) -> Iterator[str]:
        """Does what a command did to files in memory once more, and tells what cannot be."""
        gone = [change.path for change in receipt.files if change.change == "deleted"]
        for path in reversed(gone):  # what lies in a directory comes after it
            try:
                self._keeper.files.remove(path)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    yield f"belljar: {path} was not removed: {error}"
        for change in receipt.files:
            if change.change != "deleted":
                try:
                    self._keep_one(twin, change)
                except (OSError, BelljarError) as error:
                    yield f"belljar: {change.path} was not kept: {error}"
        if receipt.files_truncated:
            yield "belljar: more files were changed than are kept"

    def _keep_one(self, twin: Sandbox, change: FileChange) -> None:
        if change.type == "directory":
            mark = posixpath.join(change.path, f".{uuid.uuid4()}")  # files make directories
            self._keeper.files.write(mark, b"")
            self._keeper.files.remove(mark)
        elif change.type == "file":
            self._keeper.files.write(change.path, twin.files.read(change.path, change.size))
        else:
            raise IOFailure("only files and directories are")

    # ------------------------------------------------------------------ reading

    def ls(self, path: str) -> LsResult:
        """What lies in a directory."""
        try:
            return LsResult(entries=[_info(file) for file in self._list(_clean(path))])
        except (OSError, ValueError) as error:
            return LsResult(error=f"Error: cannot list '{path}': {_reason(error)}")

    def _list(self, path: str) -> list[File]:
        with self._lock:
            return self._keeper.files.list(path)

    def _bytes(self, path: str, most: int) -> bytes:
        with self._lock:
            return self._keeper.files.read(_clean(path), most)

    def read(self, file_path: str, offset: int = 0, limit: int = 2000) -> ReadResult:
        """Lines of a text; all of a file that is none, as base64."""
        try:
            data = self._bytes(file_path, _MOST_TEXT)
        except ArgumentError as error:
            return ReadResult(error=f"File '{file_path}': {error}")
        except (OSError, ValueError) as error:
            return ReadResult(error=f"File '{file_path}': {_reason(error)}")
        text = None if _is_media(file_path) else _decoded(data)
        if text is not None:
            return _page(slice_read_response(create_file_data(text), offset, limit))
        if len(data) > _MOST_BINARY:
            return ReadResult(error=f"File '{file_path}': Binary file exceeds maximum preview size of {_MOST_BINARY} bytes")
        return ReadResult(file_data=create_file_data(base64.b64encode(data).decode(), encoding="base64"))

    def download_files(self, paths: list[str]) -> list[FileDownloadResponse]:
        """The bytes of files, or why there are none."""
        return [self._download(path) for path in paths]

    def _download(self, path: str) -> FileDownloadResponse:
        try:
            return FileDownloadResponse(path=path, content=self._bytes(path, 1 << 32))
        except (OSError, ValueError) as error:
            return FileDownloadResponse(path=path, error=_code(error))

    # ------------------------------------------------------------------ writing

    def _write(self, path: str, data: bytes) -> None:
        with self._lock:
            self._keeper.files.write(_clean(path), data)

    def write(self, file_path: str, content: str) -> WriteResult:
        """Writes a file; one that is there is replaced."""
        try:
            self._write(file_path, content.encode())
        except (OSError, ValueError) as error:
            return WriteResult(error=f"Error: cannot write '{file_path}': {_reason(error)}{_where(error)}")
        return WriteResult(path=file_path)

    def edit(self, file_path: str, old_string: str, new_string: str, replace_all: bool = False) -> EditResult:
        """Replaces text in a file."""
        try:
            text = _decoded(self._bytes(file_path, _MOST_TEXT))
            if text is None:
                return EditResult(error=f"Error: File '{file_path}' is not a text file")
            done = perform_string_replacement(text, old_string, new_string, replace_all)
            if isinstance(done, str):
                several = text.count(old_string) > 1 and old_string
                return EditResult(error=f"{done} (multiple occurrences)" if several else done)
            self._write(file_path, done[0].encode())
        except (OSError, ValueError) as error:
            return EditResult(error=f"Error: File '{file_path}': {_reason(error)}")
        return EditResult(path=file_path, occurrences=done[1])

    def delete(self, file_path: str) -> DeleteResult:
        """Removes a file, or a directory and all that lies in it."""
        try:
            path = _clean(file_path)
            with self._lock:
                self._remove(path)
        except (OSError, ValueError) as error:
            return DeleteResult(error=f"Error: '{file_path}': {_reason(error)}")
        return DeleteResult(path=file_path)

    def _remove(self, path: str) -> None:
        try:
            self._keeper.files.remove(path)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            for file in self._keeper.files.list(path):
                self._remove(file.path)
            self._keeper.files.remove(path)

    def upload_files(self, files: list[tuple[str, bytes]]) -> list[FileUploadResponse]:
        """Writes files; those that are there are replaced."""
        return [self._upload(path, data) for path, data in files]

    def _upload(self, path: str, data: bytes) -> FileUploadResponse:
        try:
            self._write(path, data)
        except (OSError, ValueError) as error:
            return FileUploadResponse(path=path, error=_code(error))
        return FileUploadResponse(path=path)

    # ------------------------------------------------------------------ searching

    def glob(self, pattern: str, path: str | None = None) -> GlobResult:
        """Files by a pattern, as deepagents has them: a name at any depth, or a path from `path` with ``**``."""
        try:
            root, matches = _clean(path or "/"), compile_grep_include_glob(pattern)
            walk = _Walk(self._list, root)
            found = [_info(file) for file in walk if matches(posixpath.relpath(file.path, root))]
        except (OSError, ValueError) as error:
            return GlobResult(error=f"Error: glob {pattern!r} in '{path or '/'}': {_reason(error)}")
        cut = walk.cut or len(found) > _MOST_MATCHES
        return GlobResult(matches=found[:_MOST_MATCHES], truncated=cut, truncation_reason="budget" if cut else None)

    def grep(self, pattern: str, path: str | None = None, glob: str | None = None, *, max_count: int | None = None) -> GrepResult:
        """Lines of text files that have `pattern` in them, as it stands."""
        most = _MOST_MATCHES if max_count is None else max_count
        found: list[GrepMatch] = []
        try:
            root = _clean(path or "/")
            matches = compile_grep_include_glob(glob) if glob else None
            walk = _Walk(self._list, root)
            for file in walk:
                if matches and not matches(posixpath.relpath(file.path, root)):
                    continue
                for match in self._lines(file.path, pattern):
                    if len(found) >= most:
                        return GrepResult(matches=found, truncated=True)
                    found.append(match)
        except (OSError, ValueError) as error:
            return GrepResult(error=f"Error: grep in '{path or '/'}': {_reason(error)}")
        return GrepResult(matches=found, truncated=walk.cut)

    def _lines(self, path: str, pattern: str) -> Iterator[GrepMatch]:
        try:
            text = _decoded(self._bytes(path, _MOST_TEXT)) or ""
        except (OSError, ValueError):  # gone meanwhile, or longer than a text has reason to be
            return
        if pattern in text:
            for number, line in enumerate(text.split("\n"), 1):
                if pattern in line:
                    yield typing.cast(GrepMatch, {"path": path, "line": number, "text": line})


@contextlib.contextmanager
def _timer(twin: Sandbox, timeout: int | None) -> Iterator[None]:
    """Interrupts it when its time is up."""
    if not timeout:
        yield
        return
    timer = threading.Timer(timeout, twin.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()



class _Walk:
    """The files below a directory, in order of their paths; ``cut`` where there was no time to see them all."""

    def __init__(self, list_files: typing.Callable[[str], list[File]], root: str):
        self._list = list_files
        self._root = root
        self.cut = False

    def __iter__(self) -> Iterator[File]:
        until = time.monotonic() + _MOST_SECONDS
        try:
            waiting = self._list(self._root)[::-1]
        except OSError as error:
            if error.errno != errno.ENOTDIR:
                raise
            name = posixpath.basename(self._root)
            waiting = [file for file in self._list(posixpath.dirname(self._root)) if file.name == name]
        while waiting:
            if time.monotonic() > until:
                self.cut = True
                return
            file = waiting.pop()
            if file.type == "file":
                yield file
            elif file.type == "directory" and not (self._root == "/" and file.path in _NOT_WALKED):
                waiting += self._list(file.path)[::-1]


# ---------------------------------------------------------------------- paths, errors, outcomes


def _clean(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("paths are absolute")
    return posixpath.normpath(re.sub("^/+", "/", path))


def _info(file: File) -> FileInfo:
    return typing.cast(FileInfo, {"path": file.path, "is_dir": file.type == "directory", "size": file.size})


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _page(read: ReadResult) -> ReadResult:
    """Pages that are not the last end without a line break, so that they can be joined by one."""
    if read.file_data and read.next_offset is not None:
        read.file_data["content"] = read.file_data["content"].removesuffix("\n")
    return read


def _is_media(path: str) -> bool:
    """What models look at rather than read."""
    kind = mimetypes.guess_type(path)[0] or ""
    return kind.startswith(("image/", "audio/", "video/")) and kind != "image/svg+xml" or kind == "application/pdf"


def _code(error: Exception) -> str:
    if isinstance(error, OSError):
        return _ERRORS.get(error.errno or 0, str(error))
    return INVALID_PATH if isinstance(error, ValueError) and not isinstance(error, BelljarError) else str(error)


def _reason(error: Exception) -> str:
    return {FILE_NOT_FOUND: "not found", PERMISSION_DENIED: "permission denied", IS_DIRECTORY: "it is a directory"}.get(_code(error), str(error))


def _where(error: Exception) -> str:
    return ": files can be written in /work and /tmp" if _code(error) == PERMISSION_DENIED else ""


def _exit_code(receipt: Receipt) -> int:
    if receipt.outcome == "limit" or receipt.outcome == "interrupted":
        return 124 if receipt.limit is None or receipt.limit.name == "timeout" else 125
    return 134 if receipt.outcome == "trap" else receipt.exit_code


def _is_cut(receipt: Receipt) -> bool:
    return receipt.limit is not None and receipt.limit.name == "output-limit"


def _ending(receipt: Receipt, timeout: int | None) -> Iterator[str]:
    if receipt.limit:
        yield f"belljar: stopped: the limit {receipt.limit.name} ({receipt.limit.allowed}) was reached"
    elif receipt.outcome == "interrupted":
        yield f"belljar: stopped after {timeout} s" if timeout else "belljar: interrupted"
