/*
 * test_hostile_python.c: what code that nobody has read might try, in Python. What the language can say
 * is an ordinary exception, and the session goes on with its globals; what it cannot say is a limit.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* ---- Exceptions, in one session. ---- */

static const attempt attempts[] = {
    /* Memory and stack. */
    /* Longer than any object of 32 bits can be: CPython says so before it asks for memory. */
    {"x = 'a' * 10**10", "MemoryError|OverflowError"},
    {"x = 'a' * (2**31 - 100)", "MemoryError"},
    {"x = bytearray(2**31 - 1)", "MemoryError"},
    {"x = [0] * (2**31 - 1)", "MemoryError"},
    {"def hoard():\n"
     "    kept = []\n"
     "    while True: kept.append(bytearray(1 << 20))\n"
     "hoard()",
     "MemoryError"},
    {"def f(): return f()\nf()", "RecursionError"},
    {"import sys\nsys.setrecursionlimit(20000)\ndef f(): return f()\nf()",
     "RecursionError|MemoryError"},
    {"import sys\nsys.setrecursionlimit(1000)\n1 / 0", "ZeroDivisionError"},
    {"class A:\n"
     "    def __repr__(self): return repr(self)\n"
     "repr(A())",
     "RecursionError"},
    {"class A:\n"
     "    def __getattr__(self, name): return getattr(self, name)\n"
     "A().x",
     "RecursionError"},
    {"import json\nx = []\nfor i in range(10**5): x = [x]\njson.dumps(x)", "RecursionError"},
    {"x = []\nfor i in range(10**5): x = [x]\nrepr(x)", "RecursionError"},
    {"x = []\nfor i in range(10**5): x = [x]\nx == x[0]", "RecursionError"},
    {"eval('(' * 100 + '1' + ')' * 100 + '+' * 10**6 + '1')",
     "MemoryError|RecursionError|SyntaxError"},
    {"exec('(' * 10**6)", "SyntaxError|MemoryError"},
    {"import re\nre.compile('(' * 10**6)", "RecursionError|PatternError|re.PatternError"},
    {"10 ** 10 ** 10 % 7 if False else str(10 ** 5000)", "ValueError"},
    /* Files. */
    {"open('/etc/passwd')", "FileNotFoundError|PermissionError"},
    {"open('/proc/self/maps')", "FileNotFoundError|PermissionError"},
    {"open('../../../etc/passwd')", "FileNotFoundError|PermissionError"},
    {"open('/work/../../etc/passwd')", "FileNotFoundError|PermissionError"},
    {"open('//etc//passwd/')", "FileNotFoundError|PermissionError"},
    {"open('/dev/tcp/127.0.0.1/22', 'w')", "FileNotFoundError|PermissionError"},
    {"open('/new', 'w')", "FileNotFoundError|PermissionError|OSError"},
    {"open('/lib/belljar/os.py', 'w')", "PermissionError|OSError|FileNotFoundError"},
    {"import os\nos.mkdir('/outside')", "PermissionError|OSError|FileNotFoundError"},
    {"import os\nos.rename('/lib/belljar', '/work/lib')", "PermissionError|OSError"},
    {"import os\nos.rmdir('/work')", "PermissionError|OSError"},
    {"import os\nos.symlink('/etc/passwd', '/work/link')",
     "PermissionError|OSError|NotImplementedError"},
    {"open('a' * 100000, 'w')", "OSError"},
    {"open('a/' * 100000 + 'b')", "OSError|FileNotFoundError"},
    {"open('a\\0b')", "ValueError"},
    {"open(77)", "OSError"},
    {"import os\nos.read(2, 1)", "OSError"},
    {"import os\nos.write(0, b'x')", "OSError"},
    {"import os\nfds = []\ntry:\n  while True: fds.append(os.dup(1))\n"
     "finally:\n  for fd in fds: os.close(fd)",
     "OSError"},
    {"import os\nos.chdir('/etc')", "FileNotFoundError|PermissionError"},
    {"import os\nos.listdir('/etc')", "FileNotFoundError|PermissionError"},
    /* The world outside. */
    {"import socket\nsocket.create_connection(('127.0.0.1', 22))",
     "OSError|PermissionError|socket.gaierror"},
    {"import urllib.request\nurllib.request.urlopen('http://127.0.0.1/')",
     "urllib.error.URLError|OSError"},
    {"import os\nos.system('id')", "OSError|AttributeError|PermissionError"},
    {"import os\nos.fork()", "OSError|AttributeError"},
    {"import os\nos.execv('/bin/sh', ['sh'])", "OSError|AttributeError"},
    {"import os\nos.kill(1, 9)", "OSError|AttributeError|PermissionError"},
    {"import subprocess\nsubprocess.run(['id'])", "OSError|AttributeError|FileNotFoundError"},
    {"import ctypes; ctypes.CDLL('libc.so.6')", "OSError"},
    {"import ctypes; ctypes.pythonapi", "AttributeError"},
    {"import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()", "RuntimeError"},
    {"import threading, queue\nt = "
     "threading.Thread(target=queue.Queue().get)\nt.start()\nt.join()\n"
     "queue.Queue().get()",
     "RuntimeError"},
    {"import multiprocessing\nmultiprocessing.Process(target=print).start()",
     "OSError|AttributeError|ImportError|ModuleNotFoundError|NotImplementedError|ValueError"},
    {"import signal\nsignal.alarm(1)", "AttributeError|OSError"},
    {"import mmap", "ModuleNotFoundError|ImportError"},
    {"input()", "EOFError"},
    /* Python itself. */
    {"1 / 0", "ZeroDivisionError"},
    {"raise BaseException('own')", "BaseException"},
    {"raise type('T' * 100000, (Exception,), {})", ""},
    {"class E(Exception):\n    def __str__(self): raise E\nraise E", "E"},
    {"class E(Exception):\n    def __str__(self): return str(self)\nraise E", "E"},
    {"raise Exception('\\ud800\\udfff\\0')", "Exception"},
    {"import sys\nsys.stdout = sys.stderr = None\nraise ValueError('unheard')", "ValueError"},
    {"import sys\nsys.stderr = sys.__stderr__\nsys.stdout = sys.__stdout__\nraise OSError",
     "OSError"},
    {"import sys\nsys.excepthook = lambda *a: 1 / 0\nraise ValueError", "ValueError"},
    {"import builtins\ndel builtins.print\nprint(1)", "NameError"},
    {"import sys\nsys.modules.clear()\nimport nothing_at_all", ""},
};

static void what_the_language_can_say_is_an_exception(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 250000; /* a traceback of very many frames takes seconds of computing */
    bj_sandbox *box = must_make(interpreter, &policy);
    expect_outcome(must_eval(box, "survivor = 41"), BJ_OUTCOME_OK);
    all_raise(box, attempts, sizeof attempts / sizeof *attempts);
    expect_outcome(must_eval(box, "assert survivor + 1 == 42"), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

/* The first names lie in the image, those after them are made. */
static void each_evaluation_is_named_in_tracebacks_by_its_number(void **state)
{
    (void)state;
    char source[64], name[64];
    bj_sandbox *box = must_make(interpreter, NULL);
    for (int i = 1; i <= 12; i++) {
        snprintf(source, sizeof source, "def number_%d(): return 1 / 0", i);
        expect_outcome(must_eval(box, source), BJ_OUTCOME_OK);
    }
    for (int i = 1; i <= 12; i++) {
        snprintf(source, sizeof source, "number_%d()", i);
        bj_receipt *receipt = must_eval(box, source);
        snprintf(name, sizeof name, "File \"<eval %d>\", line 1, in number_%d\n", i, i);
        assert_non_null(strstr(bj_receipt_error_traceback(receipt), name));
        snprintf(source, sizeof source, "    def number_%d(): return 1 / 0\n", i);
        assert_non_null(strstr(bj_receipt_error_traceback(receipt), source));
        expect_error(receipt, "ZeroDivisionError");
    }
    bj_sandbox_delete(box);
}

/* ---- The file tree. ---- */

static const char *const file_attempts[] = {
    "import errno, os\n"
    "kept = []\n"
    "try:\n"
    "    for i in range(10000): kept.append(open(f'/work/{i}', 'w'))\n"
    "except OSError as e: assert e.errno == errno.EMFILE, e\n"
    "assert 200 < len(kept) < 256, len(kept)\n"
    "for f in kept: f.close()\n"
    "for name in os.listdir('/work'): os.remove('/work/' + name)\n",

    "import errno, os\n"
    "try:\n"
    "    with open('/work/large', 'wb', buffering=0) as f:\n"
    "        for i in range(1000): f.write(bytes(1 << 20))\n"
    "except OSError as e: assert e.errno == errno.ENOSPC, e\n"
    "assert 60 << 20 < os.stat('/work/large').st_size <= 64 << 20\n"
    "os.remove('/work/large')\n",

    "import errno, os\n"
    "try:\n"
    "    with open('/work/sparse', 'wb') as f:\n"
    "        f.seek(1 << 60)\n"
    "        f.write(b'x')\n"
    "        f.flush()\n"
    "        f.seek((1 << 63) - 1)\n"
    "        f.write(b'x')\n"
    "except OSError as e: assert e.errno in (errno.ENOSPC, errno.EFBIG, errno.EINVAL), e\n"
    "else: assert False\n"
    "assert os.stat('/work/sparse').st_size > 1 << 60\n"
    "os.remove('/work/sparse')\n",

    "import errno, os\n"
    "os.mkdir('/work/many')\n"
    "try:\n"
    "    for i in range(10**6): open(f'/work/many/{i}', 'w').close()\n"
    "except OSError as e: assert e.errno == errno.ENOSPC, e\n"
    "assert 9000 < i <= 10000, i\n"
    "for name in os.listdir('/work/many'): os.remove('/work/many/' + name)\n"
    "os.rmdir('/work/many')\n",

    "import errno, os\n"
    "try:\n"
    "    for i in range(10**6):\n"
    "        os.mkdir('d')\n"
    "        os.chdir('d')\n"
    "except OSError as e: pass\n"
    "assert i > 100, i\n"
    "os.chdir('/work')\n",

    "import os\n"
    "f = open('/work/gone', 'w+')\n"
    "os.remove('/work/gone')\n"
    "f.write('still here')\n"
    "f.seek(0)\n"
    "assert f.read() == 'still here'\n",
};

static void the_file_tree_has_limits_that_python_knows(void **state)
{
    (void)state;
    all_run(file_attempts, sizeof file_attempts / sizeof *file_attempts);
}

/* ---- Tricks that end well. ---- */

static const char *const tricks[] = {
    "class A:\n"
    "    def __del__(self): raise ValueError\n"
    "A(); del A\n",
    "class A:\n"
    "    def __del__(self): global kept; kept = self\n"
    "A(); assert kept\n",
    "class A:\n"
    "    def __del__(self):\n"
    "        while True: A()\n",
    "import gc\n"
    "gc.set_threshold(1)\n"
    "for o in gc.get_objects(): o == o\n"
    "gc.set_threshold(0); gc.collect()\n",
    "import sys\n"
    "def f(frame, event, arg): return f\n"
    "sys.settrace(f); sys.setprofile(f); sum(range(1000)); sys.settrace(None); "
    "sys.setprofile(None)\n",
    "import ctypes\n"
    "assert ctypes.sizeof(ctypes.c_long) == 4 and ctypes.c_uint8(257).value == 1\n",
    "import signal\n"
    "seen = []\n"
    "signal.signal(signal.SIGTERM, lambda *a: seen.append(a)); "
    "signal.raise_signal(signal.SIGTERM)\n"
    "for _ in range(1000): pass\n"
    "assert seen\n",
    "import threading\n"
    "lock = threading.Lock()\n"
    "assert lock.acquire(timeout=1) and not lock.acquire(blocking=False)\n",
    "import os; assert not dict(os.environ).get('HOME') and 'PATH' not in os.environ\n",
    "import os, pathlib\n"
    "assert str(pathlib.Path.home()) == '/work' and os.path.expanduser('~/a') == '/work/a'\n"
    "assert os.path.expanduser(b'~') == b'/work' and os.path.expanduser('~root') == '~root'\n"
    "os.environ['HOME'] = '/x'; assert str(pathlib.Path.home()) == '/x'\n"
    "del os.environ['HOME']\n",
    "import http.client, urllib.error, urllib.request\n"
    "class C(http.client.HTTPSConnection): pass\n"
    "def ask():\n"
    "    try: C('x', timeout=1).request('GET', '/')\n"
    "    except OSError as error: return str(error)\n"
    "assert 'TLS' in ask()\n"
    "try: urllib.request.urlopen('https://x/')\n"
    "except urllib.error.URLError as error: assert 'TLS' in str(error)\n"
    "else: assert False\n",
    "import warnings; warnings.warn('w' * 1000)\n",
    "import sys; sys.stdout.buffer.write(bytes(range(256)))\n",
    "import random, os, uuid, secrets; random.random(), os.urandom(1 << 20), uuid.uuid4()\n",
};

static void tricks_that_harm_nobody_go_well(void **state)
{
    (void)state;
    all_run(tricks, sizeof tricks / sizeof *tricks);
}

/* ---- Ends. ---- */

static void exits_are_outcomes_and_end_the_sandbox(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        int code;
    } exits[] = {
        {"import sys; sys.exit(3)", 3},
        {"raise SystemExit", 0},
        {"raise KeyboardInterrupt", 130},
        {"import sys; sys.exit('words')", 1},
        {"import os; os._exit(3)", 3},
        {"import os; os._exit(0)", 0},
        {"exit(True)", 1},
        {"class E(SystemExit): pass\nraise E(7)", 7},
        {"import atexit, sys; atexit.register(lambda: 1 / 0); sys.exit(5)", 5},
    };
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        expect_last_exit(exits[i].source, exits[i].code);
}

static void what_crashes_the_interpreter_is_a_trap_or_an_exit(void **state)
{
    (void)state;
    static const char *const crashes[] = {
        "import os; os.abort()",
        "import signal; signal.raise_signal(signal.SIGKILL)",
        "import faulthandler; faulthandler._sigsegv()",
        "exec((lambda: 0).__code__.replace(co_code=bytes([100, 255] * 100)))",
    };
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        bj_receipt *receipt = eval_fresh(NULL, crashes[i]);
        assert_int_not_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_LIMIT);
        check_json(bj_receipt_describe(receipt));
        bj_receipt_delete(receipt);
    }
}

/* ---- Limits. ---- */

static void what_never_ends_is_ended_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 400;
    expect_last_limit(&policy, "while True: pass", "timeout");
    expect_last_limit(&policy, "import time\ntime.sleep(1000)", "timeout");
    expect_last_limit(&policy,
                      "while True:\n"
                      "    try:\n"
                      "        while True: pass\n"
                      "    except BaseException: pass",
                      "timeout");
    expect_last_limit(&policy,
                      "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire(timeout=1e6)",
                      "timeout");
    expect_last_limit(&policy, "import re\nre.match('(a*)*b', 'a' * 50)", "timeout");
    expect_last_limit(&policy, "x = 7 ** (10 ** 8)", "timeout");
    expect_last_limit(&policy, "import os\nwhile True: os.stat('/work')", "timeout");
}

static void what_never_ends_is_ended_by_fuel(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 1000000000;
    bj_receipt *receipt = eval_fresh(&policy, "while True: pass");
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    assert_true(usage.fuel_known);
    expect_limit(receipt, "fuel");
}

static void endless_output_is_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.output_bytes = 100000;
    bj_receipt *receipt = eval_fresh(&policy, "while True: print('x' * 100)");
    size_t size;
    bj_receipt_stdout(receipt, &size);
    assert_int_equal(size, 100000);
    expect_limit(receipt, "output-limit");
}

static void a_message_of_a_hundred_megabytes_is_cut_or_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    for (policy.memory_bytes = 256 << 20; policy.memory_bytes <= 1 << 30;
         policy.memory_bytes *= 4) {
        bj_receipt *receipt = eval_fresh(&policy, "raise Exception('m' * 10**8)");
        if (bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT) {
            expect_limit(receipt, "output-limit");
            continue;
        }
        assert_in_range(strlen(bj_receipt_error_message(receipt)), 1000, 64 << 10);
        expect_error(receipt, "Exception");
    }
}

/* A pipe whose other end stays open and silent. */
static void reading_what_never_comes_is_ended_by_the_deadline(void **state)
{
    (void)state;
    int ends[2];
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    policy.wall_ms = 400;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, ends[0], &err), 0);
    expect_last_limit(&policy, "input()", "timeout");
    expect_last_limit(&policy, "import sys\nsys.stdin.buffer.read()", "timeout");
    close(ends[0]);
    close(ends[1]);
    bj_policy_clear(&policy);
}

static void reading_what_never_ends_is_an_exception_or_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    policy.wall_ms = 5000;
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(zero >= 0);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, zero, &err), 0);
    bj_receipt *receipt = eval_fresh(&policy, "import sys\nsys.stdin.buffer.read()");
    if (bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT)
        expect_limit(receipt, "timeout");
    else
        expect_error(receipt, "MemoryError");
    close(zero);
    bj_policy_clear(&policy);
}

/* ---- Source. ---- */

static void source_of_every_kind(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(eval_bytes(box, "", 0), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, NULL, 0), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, "\n\n# nothing", 11), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, "x = 1\r\ny = 2\r\n", 14), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, "\xef\xbb\xbfx = 1", 8), BJ_OUTCOME_OK);
    expect_error(eval_bytes(box, "x = 1\0y = 2", 11), "SyntaxError|ValueError");
    expect_error(eval_bytes(box, "\0", 1), "SyntaxError|ValueError");
    expect_error(eval_bytes(box, "x = '\xff'", 7), "SyntaxError|UnicodeDecodeError");
    expect_error(eval_bytes(box, "\xed\xa0\x80", 3), "SyntaxError|UnicodeDecodeError");
    expect_error(eval_bytes(box, "# coding: latin-1\nx = '\xff'", 26),
                 "SyntaxError|UnicodeDecodeError");
    expect_error(eval_bytes(box, "x = (", 5), "SyntaxError");
    expect_error(eval_bytes(box, "  x", 3), "IndentationError|SyntaxError");
    expect_outcome(eval_bytes(box, "assert x == 1", 13), BJ_OUTCOME_OK);

    autotext nested = {0}, dots = {0}, nots = {0};
    text_repeat(&nested, "(", 1 << 20);
    expect_error(eval_bytes(box, nested.bytes, nested.size), "SyntaxError|MemoryError");
    text_add(&dots, "x");
    text_repeat(&dots, ".a", 1 << 16);
    expect_error(eval_bytes(box, dots.bytes, dots.size),
                 "RecursionError|MemoryError|AttributeError|SyntaxError");
    text_repeat(&nots, "not ", 1 << 16);
    text_add(&nots, "x");
    expect_error(eval_bytes(box, nots.bytes, nots.size), "RecursionError|MemoryError|SyntaxError");
    expect_outcome(eval_bytes(box, "assert x == 1", 13), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

static void source_of_64_megabytes(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    autotext comments = {0}, statements = {0};
    text_repeat(&comments, "#3456789abcdef\n", (64 << 20) / 15);
    text_add(&comments, "print(7)");
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = eval_bytes(box, comments.bytes, comments.size);
    if (bj_receipt_outcome(receipt) == BJ_OUTCOME_OK)
        expect_output(receipt, "7\n");
    else
        expect_error(receipt, "MemoryError");
    text_repeat(&statements, "x = 12345678; y\n", (64 << 20) / 16);
    receipt = eval_bytes(box, statements.bytes, statements.size);
    assert_int_not_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* Each byte of these names is six of JSON: 12 MB of names in files are 90 MB of receipt. */
static void a_receipt_as_json_is_bounded(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.files = 50000;
    policy.wall_ms = 250000;
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt =
        must_eval(box, "import os\n"
                       "for i in range(45000):\n"
                       "    os.close(os.open('\\x01' * 244 + str(i), os.O_CREAT | os.O_WRONLY))");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    assert_int_equal(bj_receipt_change_count(receipt), 45000);
    char *described = bj_receipt_describe(receipt);
    assert_non_null(described);
    assert_in_range(strlen(described), 32 << 20, 65 << 20);
    assert_non_null(strstr(described, "\"files_truncated\": true"));
    assert_non_null(strstr(described, "\"files\": \"bytes\""));
    check_json(described);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "os.close(os.open('\\x01' * 244, os.O_CREAT | os.O_WRONLY))");
    described = bj_receipt_describe(receipt);
    assert_non_null(strstr(described, "\"files_truncated\": false"));
    assert_non_null(strstr(described, "\"unfinished\": {}"));
    check_json(described);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* ---- Interrupts. ---- */

static void an_interrupt_ends_what_runs_and_what_sleeps(void **state)
{
    (void)state;
    expect_interruptible("while True: pass");
    expect_interruptible("import time\ntime.sleep(1000)");
    expect_interruptible("while True:\n"
                         "    try: import time; time.sleep(1000)\n"
                         "    except BaseException: pass");
}

static void an_interrupt_before_an_eval_ends_that_one(void **state)
{
    (void)state;
    bj_sandbox *fresh = must_make(interpreter, NULL);
    bj_sandbox_interrupt(fresh);
    expect_outcome(must_eval(fresh, "x = 1"), BJ_OUTCOME_INTERRUPTED);
    expect_ended(fresh);
    bj_sandbox_delete(fresh);
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "x = 1"), BJ_OUTCOME_OK);
    bj_sandbox_interrupt(box);
    expect_outcome(must_eval(box, "x = 1"), BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}

/* ---- Neighbours. ---- */

static void sandboxes_know_nothing_of_each_other(void **state)
{
    (void)state;
    bj_sandbox *one = must_make(interpreter, NULL), *two = must_make(interpreter, NULL);
    expect_outcome(must_eval(one, "import builtins, json\n"
                                  "secret = 1; builtins.secret = 2; json.secret = 3\n"
                                  "open('/work/secret', 'w').write('4')"),
                   BJ_OUTCOME_OK);
    expect_outcome(must_eval(two, "import builtins, json, os\n"
                                  "assert 'secret' not in globals()\n"
                                  "assert not hasattr(builtins, 'secret')\n"
                                  "assert not hasattr(json, 'secret')\n"
                                  "assert not os.listdir('/work')"),
                   BJ_OUTCOME_OK);
    bj_receipt *first = must_eval(one, "import random; print(random.random())");
    bj_receipt *second = must_eval(two, "import random; print(random.random())");
    assert_string_not_equal(bj_receipt_stdout(first, NULL), bj_receipt_stdout(second, NULL));
    bj_receipt_delete(first);
    bj_receipt_delete(second);
    bj_sandbox_delete(one);
    bj_sandbox_delete(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_language_can_say_is_an_exception),
        cmocka_unit_test(each_evaluation_is_named_in_tracebacks_by_its_number),
        cmocka_unit_test(the_file_tree_has_limits_that_python_knows),
        cmocka_unit_test(tricks_that_harm_nobody_go_well),
        cmocka_unit_test(exits_are_outcomes_and_end_the_sandbox),
        cmocka_unit_test(what_crashes_the_interpreter_is_a_trap_or_an_exit),
        cmocka_unit_test(what_never_ends_is_ended_by_the_deadline),
        cmocka_unit_test(what_never_ends_is_ended_by_fuel),
        cmocka_unit_test(endless_output_is_a_limit),
        cmocka_unit_test(a_message_of_a_hundred_megabytes_is_cut_or_a_limit),
        cmocka_unit_test(reading_what_never_comes_is_ended_by_the_deadline),
        cmocka_unit_test(reading_what_never_ends_is_an_exception_or_a_limit),
        cmocka_unit_test(source_of_every_kind),
        cmocka_unit_test(source_of_64_megabytes),
        cmocka_unit_test(a_receipt_as_json_is_bounded),
        cmocka_unit_test(an_interrupt_ends_what_runs_and_what_sleeps),
        cmocka_unit_test(an_interrupt_before_an_eval_ends_that_one),
        cmocka_unit_test(sandboxes_know_nothing_of_each_other),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
