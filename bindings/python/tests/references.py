"""Calls every function of the extension many times, and looks whether one of them keeps or loses references.

    python3 tests/references.py         # with any Python that has the package; it wants nothing else

A lost reference shows nowhere until thousands are lost; then the host aborts. None, True and False are what most functions return:
they have a count that tells up to 3.11, and the types of the extension have one everywhere. A function without a case here is
an error too.
"""

import asyncio
import gc
import pathlib
import sys
import tempfile
import time

import belljar
from belljar import Sandbox, Tool, _core, _native

TIMES = 300
SETTLE_SECONDS = 20  # what other threads hold they let go of, soon as a rule


def watched():
    kinds = [kind for kind in vars(_core).values() if isinstance(kind, type)]
    return [None, True, False, (), b"", "", *kinds]


class Case:
    """`calls` names the functions that `use` calls; `times` where that takes long."""

    def __init__(self, calls, use, times=TIMES):
        self.calls = calls.split()
        self.use = use
        self.times = times


def raises(use):
    def call():
        try:
            use()
        except (belljar.BelljarError, TypeError, KeyError, ValueError):
            return
        raise AssertionError(f"{use} did not fail")

    return call


def cases(folder):
    engine = belljar._engine._engines.get()
    runtime = belljar._engine.runtime("python")
    hello = b'(module (memory (export "memory") 1) (func (export "_start")))'
    limits = _core.Policy({"timeout": 9000}, False, 0, False, None)
    overlay = Sandbox(mounts={"/data": (str(folder), "overlay")})
    overlay.eval("open('/data/x', 'w').write('x'); open('/data/nothing')")
    plain, other, closed = Sandbox(), Sandbox(), Sandbox()
    snapshot = plain._raw.snapshot()
    saved = folder / "saved"
    snapshot.save(saved, None, 0, None)
    closed.close()
    archive = folder / "empty.zip"
    archive.write_bytes(b"PK\5\6" + bytes(18))
    changes = overlay._raw.changes("/")
    receipt = overlay.eval("display({'text/plain': '1', 'image/png': b'x'}, raw=True); print(1); raise ValueError(2)")._raw
    limited = Sandbox(policy=belljar.Policy(timeout=0.001)).eval("while True: pass")._raw
    pool = _core.Pool(runtime, limits, 1, 1, 0, 0)
    tools = Sandbox(tools=[Tool(lambda: 1, name="one"), Tool(lambda: 1 / 0, name="bad"), Tool(asyncio.sleep, name="wait", schema={})])
    alone = Sandbox(tools=[Tool(lambda: 1, name="one")])

    def receipt_of(raw):
        for name in dir(type(raw)):
            if not name.startswith("_") and name != "describe":
                getattr(raw, name)

    scheduler, mailbox = _core.Scheduler(1, 200), _core.Mailbox()

    def submit(source, here):
        told = plain._raw.submit(scheduler, mailbox, object, source, 0, 0, here)
        while not isinstance(told, _core.Receipt):
            for token, receipt, error in mailbox.drain():
                assert token is told and error is None
                told = receipt

    def grant():
        policy = _core.Policy({}, False, 0, False, None)
        policy.grant_dir(str(folder), "/a", _core.READ_ONLY)
        policy.grant_archive(str(archive), "/b")
        policy.grant_tmp("/c", 1000)
        policy.grant_env("A", "b")
        policy.grant_arg("x")
        policy.grant_stdin(b"abc")
        policy.grant_stdin_fd(0)
        policy.grant_devices()

    def job():
        made = pool.submit(0, "1 + 1")
        while made is not None and made.wait() is None:
            pass
        assert made is None or made.done

    def cancelled():
        made = pool.submit(0, b"while True: pass")
        if made is not None:
            made.wait()
            made.cancel()

    def no_thread():
        start = _native.start
        _native.start = lambda serve: exec("raise RuntimeError")
        try:
            alone.eval("tools.one()")
        finally:
            _native.start = start

    def add_and_remove():
        tools.add_tool(Tool(lambda: 1, name="more"))
        tools.remove_tool("more")

    receipt_names = " ".join(f"Receipt.{name}" for name in dir(_core.Receipt) if not name.startswith("_"))
    return [
        Case("Engine.describe", engine.describe),
        Case("Runtime.describe Runtime.kind", lambda: (runtime.describe(), runtime.kind)),
        Case("Runtime", lambda: _core.Runtime(engine, "module", hello), 20),
        Case("", raises(lambda: _core.Runtime(engine, "no such file"))),
        Case("Policy", lambda: _core.Policy({"timeout": 5, "fuel": 7}, True, 3, True, None)),
        Case("", lambda: _core.Policy({}, False, 0, False, "strict")),
        Case("", raises(lambda: _core.Policy({}, False, 0, False, "stric"))),
        Case("", raises(lambda: _core.Policy({}, False, 0, False, 5))),
        Case("", raises(lambda: _core.Policy({"nothing": 5}, True, 3, False, None))),
        Case("", raises(lambda: _core.Policy({"timeout": 0}, True, 3, True, None))),
        Case(" ".join(f"Policy.grant_{x}" for x in ("dir", "archive", "tmp", "env", "arg", "stdin", "stdin_fd", "devices")), grant),
        Case("", raises(lambda: limits.grant_stdin("text"))),
        Case("Sandbox Sandbox.close", lambda: _core.Sandbox(runtime, limits).close()),
        Case("Sandbox.eval", lambda: plain._raw.eval("1 + 1", 0, 0)),
        Case("", raises(lambda: plain._raw.eval(5, 0, 0))),
        Case("Sandbox.eval_with", lambda: plain._raw.eval_with("1 + 1", 0, 0, [b"a", bytes(5000)])),
        Case("", raises(lambda: plain._raw.eval_with("1", 0, 0, [b"a", "no bytes"]))),
        Case("", raises(lambda: closed._raw.eval("1", 0, 0))),
        Case("Scheduler", lambda: _core.Scheduler(1, 200), 20),
        Case("Scheduler.count", scheduler.count),
        Case("Mailbox Mailbox.fileno", lambda: _core.Mailbox().fileno()),
        Case("Sandbox.submit Mailbox.drain", lambda: (submit("1", True), submit("2", False))),
        Case("", raises(lambda: plain._raw.submit(scheduler, mailbox, object, 5, 0, 0, True))),
        Case("", raises(lambda: closed._raw.submit(scheduler, mailbox, object, "1", 0, 0, False))),
        Case("Sandbox.run", lambda: Sandbox(hello).run(), 20),
        Case("", raises(lambda: plain._raw.run(0))),
        Case("Sandbox.ended Sandbox.busy", lambda: (plain._raw.ended, plain._raw.busy, closed._raw.ended)),
        Case("Sandbox.interrupt", lambda: (closed._raw.interrupt(), other._raw.interrupt())),
        Case("Sandbox.write_file", lambda: plain._raw.write_file("/work/a", b"abc")),
        Case("Sandbox.read_file", lambda: plain._raw.read_file("/work/a", 100)),
        Case("", raises(lambda: plain._raw.read_file("/work/nothing", 100))),
        Case("", raises(lambda: plain._raw.read_file("/work/\0", 100))),
        Case("Sandbox.list_files", lambda: plain._raw.list_files("/work")),
        Case("Sandbox.remove_file", lambda: (plain._raw.write_file("/work/b", b""), plain._raw.remove_file("/work/b"))),
        Case("Sandbox.copy_out", lambda: plain._raw.copy_out("/work", str(folder / "out")), 50),
        Case("Sandbox.commit", lambda: overlay._raw.commit("/data"), 50),
        Case("Sandbox.changes Changes.list Changes.unfinished", lambda: ((c := overlay._raw.changes("/")).list(), c.unfinished())),
        Case("Changes.read", lambda: changes.read(0, True, 100) if changes.list() else None),
        Case("Sandbox.snapshot Snapshot.describe", lambda: plain._raw.snapshot().describe(), 50),
        Case("Sandbox.fork", lambda: plain._raw.fork(0).close(), 50),
        Case("Sandbox.rewind", lambda: plain._raw.rewind(snapshot, 0), 50),
        Case("Snapshot.spawn", lambda: (snapshot.spawn(None, 0).close(), snapshot.spawn(limits, 0).close()), 50),
        Case("Snapshot.save", lambda: snapshot.save(saved, None, 0, None), 20),
        Case("read_quantity", lambda: _core.read_quantity("bytes", "64K")),
        Case("", raises(lambda: _core.read_quantity("bytes", "much"))),
        Case("load_snapshot", lambda: _core.load_snapshot(runtime, saved, 0, None, 0, None), 20),
        Case("", raises(lambda: _core.load_snapshot(runtime, folder / "nothing", 0, b"k" * 32, 0, None))),
        Case(receipt_names, lambda: (receipt_of(receipt), receipt_of(limited), receipt.describe())),
        Case("Pool.submit Job.wait Job.done", job, 50),
        Case("Job.cancel", cancelled, 20),
        Case("Pool Pool.close", lambda: _core.Pool(runtime, limits, 1, 1, 0, 0).close(), 20),
        Case("Pool.take", lambda: pool.take().close(), 50),
        Case("Sandbox.grant_tool Sandbox.revoke_tool", add_and_remove),
        Case("Policy.grant_tool want_thread", lambda: Sandbox(tools=[Tool(lambda: 1, name="one")]).close(), 50),
        Case("take_call Call.arguments Call.blobs Call.answer", lambda: tools.eval("tools.one()")),
        Case("", lambda: tools.eval("for i in range(100): tools.one()"), 60),
        Case("Call.fail", lambda: tools.eval("tools.bad()")),
        Case("Call.wanted", lambda: tools.eval("tools.wait(delay=0)"), 50),
        Case("lack_thread", no_thread),
    ]  # fmt: skip


def functions():
    """What there is: every function and type of the module, every method and attribute of its types."""
    for name, found in vars(_core).items():
        if isinstance(found, type):
            instantiated = "__new__" in vars(found)
            yield from [name] * instantiated
            yield from (f"{name}.{member}" for member in vars(found) if not member.startswith("_"))
        elif callable(found):
            yield name


def settled(things):
    """Their counts, once they stay the same."""
    counts, told = [], None
    until = time.monotonic() + SETTLE_SECONDS
    while told != (counts, belljar.tools._desk.granted) and time.monotonic() < until:
        told = counts, belljar.tools._desk.granted
        time.sleep(0.01)
        gc.collect()
        counts = [sys.getrefcount(thing) for thing in things]
    return counts


def lost(case, times):
    """What a case keeps (more than 0) or loses, by object."""
    case.use()
    things = watched()
    before = settled(things)
    for _ in range(times):
        case.use()
    after = settled(things)
    return {repr(thing): b - a for thing, a, b in zip(things, before, after) if abs(b - a) > max(times // 3, 10)}


def always_lost(case):
    """What it loses whenever it is looked at, the more the more often it is called: caches that fill or empty, and what other threads
    hold just then, look like a loss once or twice."""
    for doubled in range(5):
        found = lost(case, case.times << doubled)
        if not found:
            break
    return found


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        all_cases = cases(pathlib.Path(name))
        for case in all_cases:
            found = always_lost(case)
            if found:
                wrong.append(f"{' '.join(case.calls) or 'a failing call'}: {found}")
    uncalled = set(functions()) - {name for case in all_cases for name in case.calls} - {"Engine"}
    if uncalled:
        wrong.append(f"nothing here calls {', '.join(sorted(uncalled))}")
    return wrong


if __name__ == "__main__":
    problems = main()
    print("\n".join(problems) or f"Python {sys.version.split()[0]}: no function of the extension keeps or loses references")
    sys.exit(bool(problems))
