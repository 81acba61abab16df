"""Threads and locks of the interpreter's own, also where gevent or eventlet has put others in their place.

A thread that waits in the library for calls of tools must be one of the system's: as a greenlet it would hold up the very
thread that runs the guest. ``monkey.patch_all()`` changes the module ``_thread`` itself, before this package is imported or after, so
this is a second instance of it, which nobody else knows.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import typing


def _second_instance() -> typing.Any:
    spec = importlib.machinery.BuiltinImporter.find_spec("_thread")
    if spec is None or spec.loader is None:  # not CPython
        import _thread

        return _thread
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_thread = _second_instance()

Lock = _thread.allocate_lock


def start(serve: typing.Callable[[], None]) -> None:
    """Starts a thread, for which the interpreter's end does not wait. RuntimeError: the system has none left."""
    _thread.start_new_thread(serve, ())
