"""The host's process with sandboxes in it: signals, threads, forks, its end."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import belljar
from belljar import Sandbox

UNREACHABLE = '(module (memory (export "memory") 1) (func (export "_start") unreachable))'
OUT_OF_BOUNDS = '(module (memory (export "memory") 1) (func (export "_start") (drop (i32.load (i32.const -8)))))'
TRAPS = f"""
import belljar
def trap():
    for text in ({UNREACHABLE!r}, {OUT_OF_BOUNDS!r}):
        with belljar.Sandbox(text.encode()) as box:
            receipt = box.run()
            assert receipt.outcome == "trap", receipt
            print(receipt.error.message)
"""
CRASH = "import ctypes, sys; sys.stdout.flush(); ctypes.string_at(16)"


# ---------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    "steps",
    [
        "faulthandler.enable(); trap()",
        "trap(); faulthandler.enable(); trap()",
        "faulthandler.enable(); trap(); faulthandler.disable(); trap(); faulthandler.enable(); trap()",
    ],
)
def test_traps_and_faulthandler(program, steps):
    ended = program(f"{TRAPS}\nimport faulthandler\n{steps}\nprint('fine')\n{CRASH}")
    assert "fine" in ended.stdout, ended.stderr
    assert ended.returncode == -signal.SIGSEGV
    assert ended.stderr.count("Fatal Python error: Segmentation fault") == 1


def test_traps_and_nobody_else(program):
    ended = program(f"{TRAPS}\ntrap()\nprint('fine')\n{CRASH}")
    assert "fine" in ended.stdout and ended.returncode == -signal.SIGSEGV and not ended.stderr


def test_traps_and_a_handler_in_python(program):
    ended = program(
        f"{TRAPS}\nimport signal\nfor s in (signal.SIGSEGV, signal.SIGILL, signal.SIGFPE): signal.signal(s, lambda *a: print('called'))\n"
        "trap()\nsignal.raise_signal(signal.SIGSEGV)\nprint('fine')"
    )
    assert ended.returncode == 0 and ended.stdout.endswith("called\nfine\n"), ended
    assert ended.stdout.count("called") == 1


def test_traps_in_threads_with_faulthandler(program):
    ended = program(
        f"{TRAPS}\nimport faulthandler, threading\nfaulthandler.enable()\n"
        "all = [threading.Thread(target=trap) for _ in range(8)]\n"
        "[t.start() for t in all]; [t.join() for t in all]; print('fine')"
    )
    assert ended.stdout.count("unreachable") >= 8 and ended.stdout.endswith("fine\n"), ended


def test_stack_overflow_in_a_guest(program):
    endless = '(module (memory (export "memory") 1) (func $f (export "_start") (call $f)))'
    ended = program(
        "import faulthandler, belljar\nbelljar.run('1')\nfaulthandler.enable()\n"
        f"box = belljar.Sandbox({endless.encode()!r})\nprint(box.run().limit.name)"
    )
    assert (ended.returncode, ended.stdout) == (0, "stack\n"), ended


# ---------------------------------------------------------------------- Ctrl-C

LONG = "box.eval('while True: pass')"


@pytest.mark.parametrize(
    "before, call",
    [
        ("", LONG),
        ("signal.signal(signal.SIGINT, lambda *a: signal.default_int_handler(*a))", LONG),
        ("signal.signal(signal.SIGALRM, lambda *a: 1)", LONG),
        ("", "belljar.map(['while True: pass'] * 5, workers=2, policy=endless)"),
        ("", "Sandbox(policy=endless, tools=[belljar.Tool(lambda: time.sleep(5), name='slow')]).eval('tools.slow()')"),
        ("", "asyncio.run(box.aeval('while True: pass'))"),
        ("", "pool.run('while True: pass')"),
        ("", "belljar.run('while True:\\n  try:\\n    while True: pass\\n  except BaseException: pass', policy=endless)"),
    ],
)
def test_ctrl_c(before, call):
    source = f"""
import asyncio, signal, time, belljar
from belljar import Policy, Sandbox
{before}
endless = Policy(timeout=3600)
box = Sandbox(policy=endless)
pool = belljar.Pool(policy=endless)
box.eval("x = 1")
snapshot = box.snapshot()
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    box.rewind(snapshot)
    print("interrupted", box.eval("x").value, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted 1\n"
        assert process.wait(60) == 0


def test_ctrl_c_ends_the_sandbox_and_leaves_other_threads_alone(program):
    ended = program("""
import os, signal, threading, time, belljar
mine, other = belljar.Sandbox(), belljar.Sandbox()
told = []
thread = threading.Thread(target=lambda: told.append(other.eval("import time; time.sleep(1); 5").value)); thread.start()
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    mine.eval("while True: pass")
except KeyboardInterrupt:
    print(mine.ended, other.ended)
thread.join()
print(told)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    time.sleep(5)
except KeyboardInterrupt:
    print(other.eval("6").value)
""")
    assert ended.stdout == "True False\n[5]\n6\n", ended


def test_a_handler_that_does_not_raise_lets_the_guest_go_on(box):
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *args: seen.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        receipt = box.eval("import time; time.sleep(0.6); 5")
        ended = time.monotonic()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert receipt.value == 5 and ended - seen[0] > 0.3


def test_a_handler_that_raises_ends_the_guest(box):
    def handler(*args):
        raise TimeoutError("enough")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(TimeoutError, match="enough"):
            box.eval("while True: pass")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert box.ended


def test_sigint_is_python_s_again_after_an_eval(box):
    before = signal.getsignal(signal.SIGINT)
    box.eval("1")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before and box.eval("1").ok


# ---------------------------------------------------------------------- threads


def test_threads_that_use_one_sandbox_at_once(box):
    results = []

    def use():
        for _ in range(50):
            try:
                results.append(box.eval("sum(range(1000))").value)
            except belljar.BusyError:
                results.append("busy")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) <= {499500, "busy"} and 499500 in results and len(results) == 400


def test_everything_else_is_refused_while_it_runs(box):
    thread = threading.Thread(target=box.eval, args=("while True: pass",))
    snapshot = box.snapshot()
    thread.start()
    while not box._raw.busy:
        time.sleep(0.001)
    for use in (
        box.close, box.snapshot, box.fork, box.changes, box.files.list, lambda: box.rewind(snapshot),
        lambda: box.files.write("a", "b"), lambda: box.files.read("a"), lambda: box.add_tool(print_nothing),
    ):  # fmt: skip
        with pytest.raises(belljar.BusyError):
            use()
    assert not box.ended
    box.interrupt()
    thread.join()
    assert box.ended


def print_nothing():
    pass


def test_the_gil_is_free_while_a_guest_runs(box):
    thread = threading.Thread(target=box.eval, args=("import time; time.sleep(0.3)",))
    thread.start()
    count = 0
    while thread.is_alive():
        count += 1
    assert count > 1000


# ---------------------------------------------------------------------- fork and the end


def test_fork_with_live_sandboxes(program):
    ended = program("""
import os, sys, belljar
from belljar import Sandbox, tool
@tool
def double(x: int): return 2 * x
box = Sandbox(tools=[double]); box.eval("x = 1; tools.double(x=1)")
snapshot = box.snapshot()
pid = os.fork()
if pid == 0:
    for use in (lambda: box.eval("1"), snapshot.spawn, lambda: box.files.list(), box.snapshot):
        try:
            use()
        except belljar.UnsupportedError as error:
            assert "fork" in str(error)
        else:
            os._exit(1)
    assert box.ended
    box.close(); box.interrupt()
    del box, snapshot
    value = belljar.run("tools.double(x=21)", tools=[double]).value
    assert [r.value for r in belljar.map(["1", "2"], workers=2)] == [1, 2]
    sys.stdout.flush()
    os._exit(0 if value == 42 else 2)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
print(box.eval("tools.double(x=x)").value)
""")
    assert ended.stdout == "2\n", ended


def test_fork_while_another_thread_runs_a_guest(program):
    ended = program("""
import os, threading, time, belljar
box = belljar.Sandbox()
t = threading.Thread(target=box.eval, args=("import time; time.sleep(0.5)",)); t.start()
time.sleep(0.1)
pid = os.fork()
if pid == 0:
    del box
    os._exit(0 if belljar.run("5").value == 5 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t.join()
""")
    assert ended.stdout == "0\n", ended


def test_multiprocessing(program):
    ended = program("""
import multiprocessing, belljar
belljar.run("1")
def work(i): return belljar.run(f"{i} * 2").value
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4)))
""")
    assert ended.stdout == "[0, 2, 4, 6]\n", ended


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "sys.box = box",
        "atexit.register(lambda: print(box.eval('2').value))",
        "threading.Thread(target=box.eval, args=('while True: pass',), daemon=True).start(); time.sleep(0.1)",
        "box.cycle = box",
        "iterator = belljar.imap(['while True: pass'] * 4, workers=2)\n"
        "threading.Thread(target=lambda: next(iterator), daemon=True).start(); time.sleep(0.1)",
        "asyncio.get_event_loop_policy().new_event_loop().create_task(box.aeval('1'))",
        "slow = Sandbox(tools=[belljar.Tool(lambda: time.sleep(9), name='slow')])\n"
        "threading.Thread(target=slow.eval, args=('tools.slow()',), daemon=True).start(); time.sleep(0.2)",
        "sys.exit(0)",
    ],
)
def test_the_interpreter_ends_with_live_sandboxes(program, rest):
    began = time.monotonic()
    ended = program(
        "import asyncio, atexit, sys, threading, time, belljar\nfrom belljar import Sandbox\n"
        f"box = Sandbox(); snapshot = box.snapshot(); receipt = box.eval('1')\n{rest}"
    )
    assert ended.returncode == 0, ended
    assert time.monotonic() - began < 6


def test_subinterpreters_are_refused(program):
    interpreters = "_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters"
    ended = program(f"""
import {interpreters} as interpreters, sys
for prepare in ("", "import belljar"):
    exec(prepare)
    i = interpreters.create()
    try:
        told = interpreters.run_string(i, "import sys\\nsys.path[:] = " + repr(sys.path) + "\\nimport belljar")
        print(told)
    except Exception as error:
        print(error)
""")
    assert ended.returncode == 0 and ended.stdout.lower().count("subinterpreters") >= 2, ended


def test_who_wants_no_event_loop_imports_none(program):
    ended = program("import sys, belljar\nbelljar.run('1', tools=[belljar.Tool(lambda: 1, name='one')])\nprint('asyncio' in sys.modules)")
    assert ended.stdout == "False\n", ended


# ---------------------------------------------------------------------- memory


def test_large_values_are_bounded_by_the_policy():
    with Sandbox(policy=belljar.Policy(memory="64M", output="1M", timeout=20)) as box:
        assert box.eval("'x' * (1 << 30)").error.type == "MemoryError"
        assert box.eval("'x' * (8 << 20)").value is None
        assert box.eval("10 ** 500_000").value == 10**500_000
        assert box.eval("x = []; x.append(x); x").value is None
        assert box.eval("[" * 60 + "]" * 60).value is not None
        deep = box.eval("y = []\nfor _ in range(1000): y = [y]\ny")
        assert deep.ok and deep.value is None


@pytest.mark.parametrize(
    "source",
    [
        "raise ValueError('x' * (80 << 20))",
        "class E(Exception):\n  def __str__(self): return 'y' * (80 << 20)\nraise E",
        "raise type('N' * (20 << 20), (Exception,), {})()",
        "type('N' * (40 << 20), (), {})",
        "class R:\n  def __repr__(self): return 'z' * (80 << 20)\nR()",
        "'x' * (80 << 20)",
        "print('x' * (80 << 20))",
        "tools.echo(x='a' * (40 << 20))",
        "tools.echo(x=10 ** 3_000_000)",
        "10 ** 2_000_000",
        "class D(dict):\n  def items(self): raise SystemExit(5)\nD(a=1)",
        "class I(int):\n  def __index__(self): return 'no'\nI(5)",
        "import belljar_values; belljar_values.pack = lambda v: b'{\"$datetime\": \"x\"}'; 5",
    ],
)
def test_a_guest_cannot_make_the_host_hold_what_is_huge_or_odd(source):
    def echo(x: object):
        return x

    before = resident()
    with Sandbox(policy=belljar.Policy(output="1M", timeout=20), tools=[echo]) as box:
        receipt = box.eval(source)
        told = [receipt.repr or "", receipt.stdout, receipt.stderr, *(call.message + call.arguments for call in receipt.tool_calls)]
        if receipt.error:
            told += [receipt.error.type, receipt.error.message, receipt.error.traceback]
        assert sum(map(len, told)) < 4 << 20 and len(receipt.to_json()) < 8 << 20
        assert receipt.value is None or receipt.value in ({"a": 1}, 5)
    assert resident() - before < 320 << 20  # what the sandbox may have, and little else


def test_what_a_guest_prints_forges_nothing(box):
    receipt = box.eval("print('{\"$bytes\":1}'); print('\\x00\\x1b]0;title', end='')\nimport sys; sys.stdout.flush(); sys.stdout.buffer.write(b'\\xff')\nNone")
    assert receipt.value is None and receipt.stdout_bytes.endswith(b"\xff") and receipt.stdout.endswith("\ufffd")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_evals_leak_nothing(box):
    def use(times):
        for i in range(times):
            receipt = box.eval("print('x' * 1000); {'a': [1, 2]}")
            assert receipt.value and receipt.stdout and receipt.usage

    use(1000)
    gc.collect()
    before = resident()
    use(10000)
    gc.collect()
    assert resident() - before < 4 << 20


def test_sandboxes_that_are_dropped_leak_nothing():
    def use(times):
        for _ in range(times):
            Sandbox(mounts={"/x": "."}).eval("x = 1")

    use(100)
    gc.collect()
    before = resident()
    use(1200)  # more than may be alive at once
    gc.collect()
    assert resident() - before < 16 << 20


def test_a_sandbox_in_a_cycle_is_collected():
    for _ in range(3):
        for _ in range(400):
            box = Sandbox()
            box.myself = [box]
        del box
        gc.collect()
