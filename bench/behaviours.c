/*
 * behaviours.c: the behaviours, by language: pure computing, long calls of libraries, memory taken and given back, floods of
 * calls to the host, single calls to the host that are as large as they can be, and waiting.
 */
#include "behaviours.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* ------------------------------------------------------------------ Python */

#define TEN_THOUSAND_FILES                                                                         \
    "import os\n"                                                                                  \
    "def make(top, n):\n"                                                                          \
    "    os.makedirs(top)\n"                                                                       \
    "    for i in range(n):\n"                                                                     \
    "        with open(f'{top}/{i}', 'w') as f: f.write('x')\n"

static const behaviour python[] = {
    {.name = "an empty loop", .code = "while True: pass"},
    {.name = "a large power", .code = "x = 7 ** (10 ** 8)"},
    {.name = "a power of ten millions of digits", .code = "while True: 10 ** 10 ** 7"},
    {.name = "a product of large numbers",
     .prepare = "x = 3 ** 4000000",
     .code = "while True: x * x"},
    {.name = "digits of a large number",
     .prepare = "import sys; sys.set_int_max_str_digits(0); x = 3 ** 2000000",
     .code = "str(x)"},
    {.name = "a factorial", .code = "import math\nwhile True: math.factorial(200000)"},
    {.name = "sorting a huge list",
     .prepare = "import random; r = random.Random(1); a = [r.random() for _ in range(2000000)]",
     .code = "while True: sorted(a)"},
    {.name = "str.find at its worst",
     .prepare = "s = 'ab' * 50000 + 'c'; t = 'ba' * 5000 + 'a' * 5000",
     .code = "while True: (s * 200).find(t)"},
    {.name = "str.replace of everything",
     .code = "s = 'a' * 10**7\nwhile True: s.replace('a', 'bc')"},
    {.name = "str.count, split and join",
     .code = "s = 'a,' * 5000000\nwhile True: ','.join(s.split(','))"},
    {.name = "a regular expression that backtracks",
     .code = "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')"},
    {.name = "a regular expression over a long text",
     .code = "import re\ns = 'ab' * 10**7\nwhile True: re.findall(r'a(?=b)', s)"},
    {.name = "compiling regular expressions",
     .code = "import re\ni = 0\nwhile True:\n    i += 1\n    re.compile('(' + 'a|' * 5000 + str(i) "
             "+ ')')"},
    {.name = "json of a large value",
     .prepare = "import json; v = [{'k': i, 's': 'x' * 10} for i in range(400000)]",
     .code = "while True: json.loads(json.dumps(v))"},
    {.name = "zlib of 100 MB",
     .code = "import zlib\nb = bytes(10**8)\nwhile True: zlib.compress(b, 9)"},
    {.name = "zlib bomb",
     .prepare = "import zlib; z = zlib.compress(bytes(3 * 10**8))",
     .code = "while True: zlib.decompress(z)"},
    {.name = "bz2 or lzma of 100 MB",
     .code = "import lzma, os\nb = os.urandom(10**6) * 100\nwhile True: lzma.compress(b)"},
    {.name = "sha256 of 300 MB",
     .code = "import hashlib\nb = bytes(3 * 10**8)\nwhile True: hashlib.sha256(b).digest()"},
    {.name = "pbkdf2", .code = "import hashlib\nhashlib.pbkdf2_hmac('sha256', b'a', b'b', 10**8)"},
    {.name = "a recursive query of sqlite",
     .code = "import sqlite3\nsqlite3.connect(':memory:').execute('with recursive c(x) as (select "
             "1 union "
             "all select x + 1 from c) select count(*) from c').fetchall()"},
    {.name = "a database in a file that grows",
     .code = "import sqlite3\nd = sqlite3.connect('/work/d')\nd.execute('create table "
             "t(a)')\nwhile True:\n"
             "    d.executemany('insert into t values(?)', (('x' * 1000,) for _ in range(1000)))\n "
             "   d.commit()"},
    {.name = "decimal",
     .code = "import decimal\ndecimal.getcontext().prec = 10**6\n"
             "while True: decimal.Decimal(2).sqrt()"},
    {.name = "fractions",
     .code = "from fractions import Fraction as F\nx = F(1, 3)\nwhile True: x = x * x + 1"},
    {.name = "unbounded recursion, again and again",
     .code = "def f(): f()\nwhile True:\n    try: f()\n    except RecursionError: pass"},
    {.name = "recursion in C",
     .code = "import json\ns = '[' * 900 + ']' * 900\nwhile True: json.loads(s)"},
    {.name = "taking memory until there is none",
     .code =
         "while True:\n    try:\n        a = []\n        while True: a.append(bytearray(10**7))\n"
         "    except MemoryError: pass"},
    {.name = "millions of objects made and freed",
     .code = "while True:\n    a = [[] for _ in range(2000000)]\n    del a"},
    {.name = "a deep nest freed",
     .code = "while True:\n    a = None\n    for _ in range(2000000): a = (a,)\n    del a"},
    {.name = "garbage in cycles",
     .code = "import gc\nwhile True:\n    a = []\n    for _ in range(300000):\n        b = [a]; a "
             "= b; b.append(b)\n"
             "    del a, b; gc.collect()"},
    {.name = "a dictionary of equal hashes",
     .code = "class K:\n    def __hash__(s): return 1\nd = {}\nwhile True: d[K()] = 1"},
    {.name = "imports, again and again",
     .code = "import sys, importlib\nwhile True:\n    for n in ('json', 'decimal', "
             "'email.message', 'ast'):\n"
             "        for m in [m for m in sys.modules if m.startswith(n)]: del sys.modules[m]\n"
             "        importlib.import_module(n)"},
    {.name = "compiling large sources",
     .code =
         "s = 'x = ' + ' + '.join(['1'] * 5000) + '\\n'\nwhile True: compile(s * 20, 'f', 'exec')"},
    {.name = "exec of generated code",
     .code = "i = 0\nwhile True:\n    i += 1\n    exec(f'def f{i}(): return {i}')"},
    {.name = "lines of output", .code = "while True: print('x' * 60)"},
    {.name = "output in large pieces",
     .code = "import sys\nb = 'x' * 10**8\nwhile True: sys.stdout.write(b)"},
    {.name = "a hundred thousand files",
     .prepare = TEN_THOUSAND_FILES,
     .code = "make('/work/a', 1000000)",
     .after_ms = 2500},
    {.name = "files and links to them",
     .prepare = TEN_THOUSAND_FILES "make('/work/a', 1000)\n",
     .code = "i = 0\nos.makedirs('/work/l')\nwhile True:\n    os.link(f'/work/a/{i % 1000}', "
             "f'/work/l/{i}'); i += 1",
     .after_ms = 1500},
    {.name = "a large tree removed",
     .prepare = TEN_THOUSAND_FILES "make('/work/a', 60000)\n",
     .code = "import shutil\nshutil.rmtree('/work/a')\nwhile True: pass",
     .after_ms = 1500},
    {.name = "a large directory listed",
     .prepare = TEN_THOUSAND_FILES "make('/work/a', 60000)\n",
     .code = "while True: os.listdir('/work/a')"},
    {.name = "a deep tree",
     .code = "import os\nwhile True:\n    os.mkdir('d'); os.chdir('d')",
     .after_ms = 500},
    {.name = "one file of a gigabyte",
     .code = "b = b'x' * 10**8\nwith open('/work/f', 'wb') as f:\n    for _ in range(9): "
             "f.write(b)\nwhile True: pass",
     .memory_mib = 2048,
     .after_ms = 1000},
    {.name = "a file of a gigabyte cut and grown",
     .code = "f = open('/work/f', 'wb')\nwhile True:\n    f.truncate(10**9); f.truncate(0)"},
    {.name = "a large file read back",
     .prepare = "with open('/work/f', 'wb') as f: f.write(b'x' * 3 * 10**8)",
     .code = "while True: open('/work/f', 'rb').read()"},
    {.name = "moving files about",
     .prepare = TEN_THOUSAND_FILES "make('/work/a', 1000)\n",
     .code =
         "while True:\n    for i in range(1000):\n        os.rename(f'/work/a/{i}', f'/work/a/n'); "
         "os.rename('/work/a/n', f'/work/a/{i}')"},
    {.name = "names that are not there",
     .code = "import os\nwhile True: os.path.exists('/no/such/name')"},
    {.name = "sleeping", .code = "import time\ntime.sleep(3600)"},
    {.name = "sleeping briefly, again and again",
     .code = "import time\nwhile True: time.sleep(0.0001)"},
    {.name = "polling",
     .code =
         "import select\nselect.select([0], [], [], 0)\nwhile True: select.select([], [], [], 10)"},
    {.name = "reading a pipe that nobody writes to", .code = "import sys\nsys.stdin.read()"},
    {.name = "asyncio that waits", .code = "import asyncio\nasyncio.run(asyncio.sleep(3600))"},
    {.name = "asyncio tasks without end",
     .code = "import asyncio\nasync def f():\n    while True: await "
             "asyncio.gather(*(asyncio.sleep(0) for _ in range(1000)))\n"
             "asyncio.run(f())"},
    {.name = "a tool that never answers", .code = "never()"},
    {.name = "a tool with large arguments", .code = "while True: at_once(s='x' * 500000)"},
    {.name = "generators", .code = "def g():\n    while True: yield 1\nsum(g())"},
    {.name = "except BaseException: continue",
     .code = "while True:\n    try:\n        while True: pass\n    except BaseException: continue"},
    {.name = "finally that loops", .code = "try: 1 / 0\nfinally:\n    while True: pass"},
    {.name = "__del__ that makes another",
     .code = "class A:\n    def __del__(s): A()\nA()\nwhile True: A()"},
    {.name = "atexit and exit",
     .code = "import atexit, sys\ndef f():\n    while True: pass\natexit.register(f)\nsys.exit(0)"},
    {.name = "a trace function that loops",
     .code = "import sys\ndef t(*a):\n    while True: pass\nsys.settrace(t)\n(lambda: 0)()"},
    {.name = "random bytes, 100 MB at once", .code = "import os\nwhile True: os.urandom(10**8)"},
    {.name = "a copy of 300 MB, again and again",
     .code = "b = bytes(3 * 10**8)\nwhile True: bytearray(b)"},
    {.name = "numbers summed", .code = "sum(range(10**12))"},
    {.name = "a cartesian product",
     .code = "import itertools\nsum(1 for _ in itertools.product(range(100), repeat=9))"},
    {.name = "difflib",
     .code = "import difflib\ndifflib.SequenceMatcher(None, 'ab' * 20000, 'ba' * 20000).ratio()"},
    {.name = "an answer of 200 MB", .code = "x = 'x' * 2 * 10**8\nwhile True: repr(x)"},
};

/* ------------------------------------------------------------------ JavaScript */

static const behaviour javascript[] = {
    {.name = "an empty loop", .code = "for (;;);"},
    {.name = "a regular expression that backtracks", .code = "/(a+)+$/.test('a'.repeat(40) + 'b')"},
    {.name = "a regular expression over a long text",
     .code = "const s = 'ab'.repeat(5e6); for (;;) s.replace(/a(?=b)/g, 'c')"},
    {.name = "a large power", .code = "7n ** (10n ** 8n)"},
    {.name = "digits of a large number", .code = "for (;;) (3n ** 1000000n).toString()"},
    {.name = "JSON of strings of strings",
     .code = "let a = ['x']; for (let i = 0; i < 22; i++) a = [a, a]; for (;;) JSON.stringify(a)"},
    {.name = "strings joined without end",
     .code = "let s = 'x'; for (;;) { s += s; if (s.length > 1e8) s = 'x'; s.charCodeAt(5) }"},
    {.name = "a typed array filled", .code = "const a = new Uint8Array(5e8); for (;;) a.fill(1)"},
    {.name = "a typed array sorted",
     .code = "const a = new Float64Array(5e6); for (;;) { for (let i = 0; i < a.length; i++) a[i] "
             "= (i * 7919) % 1e6; a.sort() }"},
    {.name = "a typed array moved",
     .code = "const a = new Uint8Array(5e8); for (;;) a.copyWithin(1, 0)"},
    {.name = "an array sorted with a function",
     .code = "const a = Array.from({length: 1e6}, (_, i) => (i * 7919) % 1e6); for (;;) "
             "[...a].sort((x, y) => x - y)"},
    {.name = "a sparse array", .code = "const a = []; a.length = 2 ** 32 - 1; a.indexOf(7)"},
    {.name = "proxies of proxies",
     .code = "let p = {}; for (let i = 0; i < 1000; i++) p = new Proxy(p, {}); for (;;) try { p.x "
             "} catch {}"},
    {.name = "microtasks without end",
     .code = "const f = () => Promise.resolve().then(f); f(); await new Promise(() => 0)"},
    {.name = "a promise that is never kept", .code = "await new Promise(() => {})"},
    {.name = "unbounded recursion, again and again",
     .code = "const f = () => f() + 1; for (;;) try { f() } catch {}"},
    {.name = "millions of objects made and freed",
     .code = "for (;;) { let a = []; for (let i = 0; i < 2e6; i++) a.push({i}); a = null }"},
    {.name = "a long list freed",
     .code = "for (;;) { let a = null; for (let i = 0; i < 2e6; i++) a = {a}; a = null }"},
    {.name = "generators", .code = "function* g() { for (;;) yield 1 } for (const x of g());"},
    {.name = "catch and go on", .code = "for (;;) try { throw 1 } catch { continue } finally {}"},
    {.name = "eval of generated code",
     .code = "let i = 0; for (;;) eval('(function(){return ' + i++ + '})')()"},
    {.name = "lines of output", .code = "for (;;) console.log('x'.repeat(60))"},
    {.name = "a tool that never answers", .code = "await never()"},
    {.name = "getters that loop", .code = "const o = { get x() { for (;;); } }; JSON.stringify(o)"},
};

/* ------------------------------------------------------------------ modules */

#define IMPORT(name, type)                                                                         \
    "(import \"wasi_snapshot_preview1\" \"" name "\" (func $" name " (param " type                 \
    ") (result i32)))"
#define MEMORY(pages) "(memory (export \"memory\") " pages ")"
#define START(body)   "(func (export \"_start\") " body ")"
#define FOREVER(body) START("(loop " body " br 0)")
#define PLACE(name)   "(data (i32.const 64) \"" name "\")"
/* A file /work/f ("." of a command is descriptor 3): its descriptor at 0. */
#define OPEN_FILE                                                                                  \
    "(drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const "  \
    "1)"                                                                                           \
    " (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 0)))"
#define FILE_FD   "(i32.load (i32.const 0))"
#define PATH_OPEN IMPORT("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32")
/* An iovec at 16 of `size` bytes at 65536. */
#define IOVEC(size)                                                                                \
    "(i32.store (i32.const 16) (i32.const 65536)) (i32.store (i32.const 20) (i32.const " size "))"

static const behaviour modules[] = {
    {.name = "an empty loop", .code = "(module " FOREVER("") ")"},
    {.name = "a tree of calls without a loop",
     .code =
         "(module (func $0) (func $1 (call $0) (call $0)) (func $a (call $1) (call $1) (call $1) "
         "(call $1) (call $1) (call $1))"
         "(func $b (call $a) (call $a) (call $a) (call $a) (call $a) (call $a) (call $a) (call $a))"
         "(func $c (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b))"
         "(func $d (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c))"
         "(func $e (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d))"
         "(func $f (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e))"
         "(func $g (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f))"
         "(func $h (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call "
         "$g))" START("(call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call "
                      "$h)") ")"},
    {.name = "tail calls", .code = "(module (func $f (export \"_start\") return_call $f))"},
    {.name = "a loop under 256 MiB of stack",
     .code = "(module (func $f (export \"_start\") (call $g (i32.const 3000000)))"
             "(func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) "
             "(i32.const 1)))) "
             "(else (loop br 0)))))",
     .stack_mib = 256},
    {.name = "memory.fill of 4 GiB",
     .code = "(module " MEMORY("65536")
         FOREVER("(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))") ")",
     .memory_mib = 4096},
    {.name = "memory.copy of 4 GiB, forwards",
     .code = "(module " MEMORY("65536")
         FOREVER("(memory.copy (i32.const 0) (i32.const 4096) (i32.const -4097))") ")",
     .memory_mib = 4096},
    {.name = "memory.copy of 4 GiB, backwards",
     .code = "(module " MEMORY("65536")
         FOREVER("(memory.copy (i32.const 1) (i32.const 0) (i32.const -2))") ")",
     .memory_mib = 4096},
    {.name = "memory.fill of 4 GiB that was written before",
     .code = "(module " MEMORY("65536")
         START("(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))"
               "(memory.fill (i32.const 0) (i32.const 2) (i32.const -1)) (loop br 0)") ")",
     .memory_mib = 4096,
     .after_ms = 6000},
    {.name = "memory.grow by pages",
     .code = "(module " MEMORY("0") FOREVER("(drop (memory.grow (i32.const 1)))") ")",
     .memory_mib = 4096},
    {.name = "memory.grow by all, and writing",
     .code = "(module " MEMORY("0")
         START("(drop (memory.grow (i32.const 65536)))"
               "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) br 0)") ")",
     .memory_mib = 4096},
    {.name = "table.fill",
     .code = "(module (table 1000000 funcref) " FOREVER(
         "(table.fill (i32.const 0) (ref.null func) (i32.const 1000000))") ")"},
    {.name = "table.copy of functions",
     .code = "(module (table 1000000 funcref) (func $f) (elem declare func $f) " START(
         "(table.fill (i32.const 0) (ref.func $f) (i32.const 1000000))"
         "(loop (table.copy (i32.const 1) (i32.const 0) (i32.const 999999)) br 0)") ")"},
    {.name = "table.grow",
     .code = "(module (table 1 funcref) " FOREVER(
         "(drop (table.grow (ref.null func) (i32.const 999)))") ")"},
    {.name = "fd_write, again and again",
     .code = "(module " IMPORT("fd_write", "i32 i32 i32 i32") MEMORY("2")
         START(IOVEC("1") "(loop (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) "
                          "(i32.const 32))) br 0)") ")"},
    {.name = "fd_write of 900 MiB to a file",
     .code = "(module " PATH_OPEN IMPORT("fd_pwrite", "i32 i32 i32 i64 i32") MEMORY("16384")
         PLACE("f") START(
             OPEN_FILE "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 943718400))" IOVEC(
                 "943718400") "(loop (drop (call $fd_pwrite " FILE_FD
                              " (i32.const 16) (i32.const 1) (i64.const 0) (i32.const 32))) "
                              "br 0)") ")",
     .memory_mib = 4096,
     .after_ms = 1500},
    {.name = "fd_read of 900 MiB from a file",
     .code = "(module " PATH_OPEN IMPORT("fd_pread", "i32 i32 i32 i64 i32")
         IMPORT("fd_filestat_set_size", "i32 i64") MEMORY("16384") PLACE("f")
             START(OPEN_FILE "(drop (call $fd_filestat_set_size " FILE_FD
                             " (i64.const 943718400)))" IOVEC(
                                 "943718400") "(loop (drop (call $fd_pread " FILE_FD
                                              " (i32.const 16) (i32.const 1) (i64.const 0) "
                                              "(i32.const 32))) br 0)") ")",
     .memory_mib = 4096,
     .after_ms = 1000},
    {.name = "fd_write of the most vectors to stdout",
     .code = "(module " IMPORT("fd_write", "i32 i32 i32 i32") MEMORY("4096")
         START(IOVEC("1000000000") "(loop (drop (call $fd_write (i32.const 1) (i32.const 16) "
                                   "(i32.const 1) (i32.const 32)))"
                                   "(drop (call $fd_write (i32.const 1) (i32.const 1048576) "
                                   "(i32.const 30000000) (i32.const 32))) br 0)") ")"},
    {.name = "random_get of 1 GiB",
     .code = "(module " IMPORT("random_get", "i32 i32") MEMORY("16384")
         FOREVER("(drop (call $random_get (i32.const 0) (i32.const 1073741823)))") ")"},
    {.name = "clock_time_get, again and again",
     .code = "(module " IMPORT("clock_time_get", "i32 i64 i32") MEMORY("1")
         FOREVER("(drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))") ")"},
    {.name = "poll_oneoff of an hour",
     .code = "(module " IMPORT("poll_oneoff", "i32 i32 i32 i32") MEMORY("1")
         START("(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const "
               "3600000000000))"
               "(drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const "
               "128)))") ")"},
    {.name = "poll_oneoff of millions",
     .code = "(module " IMPORT("poll_oneoff", "i32 i32 i32 i32") MEMORY("16384")
         FOREVER("(drop (call $poll_oneoff (i32.const 0) (i32.const 536870912) (i32.const "
                 "11184810) (i32.const 1073741820)))") ")"},
    {.name = "path_open of endless names",
     .code = "(module " PATH_OPEN MEMORY("16384")
         START("(memory.fill (i32.const 0) (i32.const 97) (i32.const 1073741824))"
               "(loop (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const "
               "1000000000) (i32.const 1)"
               " (i64.const -1) (i64.const 0) (i32.const 0) (i32.const 0))) br 0)") ")",
     .after_ms = 1500},
    {.name = "path_open of a name of many slashes",
     .code = "(module " PATH_OPEN MEMORY("16384")
         START("(memory.fill (i32.const 0) (i32.const 47) (i32.const 1073741824)) (i32.store8 "
               "(i32.const 64) (i32.const 46))"
               "(loop (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const "
               "1000000000) (i32.const 1)"
               " (i64.const -1) (i64.const 0) (i32.const 0) (i32.const 0))) br 0)") ")",
     .after_ms = 1500},
    {.name = "fd_allocate of files",
     .code = "(module " PATH_OPEN IMPORT("fd_allocate", "i32 i64 i64")
         IMPORT("fd_filestat_set_size", "i32 i64") MEMORY("1") PLACE("f") START(
             OPEN_FILE "(loop (drop (call $fd_allocate " FILE_FD
                       " (i64.const 0) (i64.const 1000000000)))"
                       "(drop (call $fd_filestat_set_size " FILE_FD " (i64.const 0))) br 0)") ")"},
    {.name = "sched_yield, again and again",
     .code = "(module (import \"wasi_snapshot_preview1\" \"sched_yield\" (func $y (result "
             "i32))) " MEMORY("1") FOREVER("(drop (call $y))") ")"},
    {.name = "reading a pipe that nobody writes to",
     .code = "(module " IMPORT("fd_read", "i32 i32 i32 i32") MEMORY("2")
         START(IOVEC("1") "(drop (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) "
                          "(i32.const 32)))") ")"},
    {.name = "a start function that loops",
     .code = "(module (func $s (loop br 0)) (start $s) (func (export \"_start\")))"},
};

const behaviours bench_behaviours[3] = {
    {"python", python, COUNT(python)},
    {"javascript", javascript, COUNT(javascript)},
    {NULL, modules, COUNT(modules)},
};
