#!/usr/bin/env python3
"""Programs in C++ that throw, and in C that jump, compiled by guest/cxx and run in the sandbox: run.py BELLJAR BUILD

Each does natively, compiled by this machine's compiler, what it does in the sandbox: stdout and exit status are compared. Besides: how
programs end by an exception, what is left where memory is used up, an interpreter in C++ that is frozen to an image, and that a build
without one of the flags is found out (guest/cxx/check.py). Left out, and said, where the runtime was not built (guest/cxx/build.sh).
"""
import hashlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SKIP = 77

CXX, CC = ["WASM_EH_CXX", "-std=c++20 -O2"], ["WASM_CC", "-O2"]
JUMPS = "WASM_SJLJ"
PROGRAMS = {
    "throws": [("throws.cc", CXX), ("frames.c", CC)],
    "jumps": [("jumps.c", ["WASM_EH_CC", "-O2", JUMPS])],
    "both": [("both.cc", [*CXX, JUMPS])],
    "words": [("words.cc", CXX)],
    "ends": [("ends.cc", CXX)],
    "exhausts": [("exhausts.cc", CXX)],
}
NATIVE = ["throws", "jumps", "both", "words"]


class Failed(Exception):
    pass


def settings():
    """The variables of guest/toolchain.sh and guest/cxx/flags.sh."""
    script = '. "$1/guest/toolchain.sh"; . "$1/guest/cxx/flags.sh"; compgen -v | while read -r n; do printf "%s=%s\\0" "$n" "${!n}"; done'
    done = subprocess.run(["bash", "-c", script, "bash", str(ROOT)], capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)


def words(variables, names):
    return " ".join(variables.get(name, name) for name in names).split()


def call(command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")


class Build:
    """Compiles into `work`, and only what has changed."""

    def __init__(self, work, variables):
        self.work, self.variables = work, variables
        runtime = pathlib.Path(variables["CXX_PREFIX"], "lib/.stamp-cxx").read_text()
        self.base = hashlib.sha256((runtime + (ROOT / "guest/cxx/flags.sh").read_text()).encode()).hexdigest()

    def make(self, out, sources, commands):
        text = "\0".join([self.base, *(source.read_text() for source in sources), *(" ".join(map(str, c)) for c in commands)])
        stamp, wanted = out.with_suffix(out.suffix + ".stamp"), hashlib.sha256(text.encode()).hexdigest()
        if out.exists() and stamp.exists() and stamp.read_text() == wanted:
            return out
        for command in commands:
            call(command)
        stamp.write_text(wanted)
        return out

    def words(self, *names):
        return words(self.variables, names)

    def program(self, name, link=("WASM_EH_LD", "WASM_EH_MAIN"), more=()):
        out = self.work / f"{name}.wasm"
        objects, commands = [], []
        for source, flags in PROGRAMS[name]:
            objects.append(self.work / f"{name}-{source}.o")
            commands.append([*self.words(*flags), *more, "-c", HERE / source, "-o", objects[-1]])
        commands.append([*self.words("WASM_EH_CHECK"), *objects])
        commands.append([*self.words(*link), *objects, *self.words("WASM_EH_LIBS"), "-o", out])
        commands.append([*self.words("WASM_EH_CHECK"), out])
        return self.make(out, [HERE / source for source, _ in PROGRAMS[name]], commands)

    def native(self, name):
        out = self.work / f"{name}.native"
        objects, commands = [], []
        for source, _ in PROGRAMS[name]:
            objects.append(self.work / f"{name}-{source}.native.o")
            compiler = ["c++", "-std=c++20"] if source.endswith(".cc") else ["cc"]
            commands.append([*compiler, "-O2", "-w", "-c", HERE / source, "-o", objects[-1]])
        commands.append(["c++", *objects, "-o", out])
        return self.make(out, [HERE / source for source, _ in PROGRAMS[name]], commands)


class Tests:
    def __init__(self, belljar, build):
        self.belljar, self.build = belljar, build

    def run(self, module, *arguments, options=()):
        command = [self.belljar, "run", "--exceptions", *options, module, *(["--", *arguments] if arguments else [])]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)

    def expect(self, done, status, stdout, stderr=()):
        if done.returncode != status or done.stdout != stdout or not all(part in done.stderr for part in stderr):
            raise Failed(f"wanted {status}, {stdout!r} and {stderr!r}, got {done}")

    def test_programs_do_what_they_do_natively(self):
        for name in NATIVE:
            native = subprocess.run([self.build.native(name)], capture_output=True, text=True, timeout=300)
            self.expect(self.run(self.build.program(name)), native.returncode, native.stdout)

    def test_link_time_optimisation_changes_nothing(self):
        native = subprocess.run([self.build.native("throws")], capture_output=True, text=True, timeout=300)
        out = self.build.work / "throws-lto.wasm"
        objects = [self.build.work / "throws-lto.o", self.build.work / "throws-frames.c.o"]
        self.build.program("throws")
        self.build.make(out, [HERE / "throws.cc"], [
            [*self.build.words(*CXX), "-flto", "-c", HERE / "throws.cc", "-o", objects[0]],
            [*self.build.words("WASM_EH_LD", "WASM_EH_MAIN"), "-flto", *objects, *self.build.words("WASM_EH_LIBS"), "-o", out],
            [*self.build.words("WASM_EH_CHECK"), out]])
        self.expect(self.run(out), native.returncode, native.stdout)

    def test_what_nobody_catches_is_told(self):
        module = self.build.program("ends")
        told = ["uncaught exception of type std::runtime_error: nobody wants this", "trap"]
        self.expect(self.run(module, "throw"), 134, "begin\n", told)
        self.expect(self.run(module, "noexcept"), 134, "begin\n", ["terminating", "trap"])
        self.expect(self.run(module, "handler"), 9, "begin\nthe handler\n")

    def test_an_exception_that_leaves_the_module_is_a_trap(self):
        module = self.build.work / "bare.wasm"
        objects = [self.build.work / "ends-ends.cc.o"]
        self.build.program("ends")
        call([*self.build.words("WASM_EH_LD"), *objects, *self.build.words("WASM_EH_LIBS"), "-o", module])
        self.expect(self.run(module, "throw"), 134, "begin\n", ["uncaught exception"])

    def test_without_the_grant_it_is_refused_by_name(self):
        done = subprocess.run([self.belljar, "run", str(self.build.program("both"))], capture_output=True, text=True, timeout=300)
        self.expect(done, 126, "", ["exceptions", "--exceptions"])

    def test_memory_that_is_used_up_is_bad_alloc(self):
        self.expect(self.run(self.build.program("exhausts"), options=["--memory", "32m"]), 0,
                    "bad_alloc after some: 1\nwith nothing left: 100\nafterwards: xxxxxxxxxx\n")

    def test_with_fuel_it_is_the_same_every_time(self):
        module = self.build.program("throws")
        native = subprocess.run([self.build.native("throws")], capture_output=True, text=True, timeout=300)
        self.expect(self.run(module, options=["--seed", "1"]), native.returncode, native.stdout)
        ended = self.run(module, options=["--fuel", "1000000"])
        self.expect(ended, 124, ended.stdout, ["fuel"])
        if ended.stdout == native.stdout or not native.stdout.startswith(ended.stdout):
            raise Failed(f"with a million units of fuel it prints {ended.stdout!r}")

    def test_an_interpreter_is_frozen_and_throws(self):
        source, module, image = HERE / "adds.cc", self.build.work / "adds.wasm", self.build.work / "adds.image.wasm"
        self.build.make(module, [source], [
            [*self.build.words(*CXX), f"-I{ROOT / 'guest'}", "-c", source, "-o", self.build.work / "adds.o"],
            [*self.build.words("WASM_EH_LD", "WASM_REACTOR_FLAGS"), self.build.work / "adds.o", *self.build.words("WASM_EH_LIBS"), "-o", module],
            [*self.build.words("WASM_EH_CHECK"), module]])
        call([self.belljar, "freeze", module, "-o", image])
        call([*self.build.words("WASM_EH_CHECK"), image])
        for kind, file in (("module", module), ("image", image)):
            guests = self.build.work / f"guests-{kind}"
            guests.mkdir(exist_ok=True)
            (guests / ("python.image.wasm" if kind == "image" else "python.wasm")).write_bytes(file.read_bytes())
            self.interpret(guests)

    def interpret(self, guests):
        """The guest of that name needs no grant."""
        for code, wanted in (("5\n6", '"1031"'), ("7x", "trailing: x"), ("abc", "stol")):
            done = subprocess.run([self.belljar, "run", "--guests", guests, "--json", "-e", code], capture_output=True, text=True, timeout=300)
            if wanted not in done.stdout:
                raise Failed(f"{code!r}: {done}")
        done = subprocess.run([self.belljar, "run", "--guests", guests, "-e", "out"], capture_output=True, text=True, timeout=300)
        self.expect(done, 134, "", ["uncaught exception"])

    def test_a_missing_flag_is_found_out(self):
        work, build = self.build.work, self.build
        without = [part for part in build.words("WASM_EH_CXX") if part not in ("-fwasm-exceptions", "-mllvm", "-wasm-use-legacy-eh=false")]
        cases = {
            "without -fwasm-exceptions": [*without, "-fexceptions", "-c", HERE / "ends.cc"],
            "-wasm-enable-sjlj is missing": [*build.words("WASM_EH_CXX"), "-c", HERE / "both.cc"],
            "-wasm-use-legacy-eh=false is missing": [*without, "-fwasm-exceptions", "-mllvm", "-wasm-use-legacy-eh=true", "-c", HERE / "throws.cc"],
            "bitcode": [*build.words("WASM_EH_CXX"), "-flto", "-c", HERE / "throws.cc"],
        }
        for wanted, command in cases.items():
            out = work / "missing.o"
            call([*command, "-w", "-std=c++20", "-o", out])
            done = subprocess.run([*build.words("WASM_EH_CHECK"), str(out)], capture_output=True, text=True, timeout=100)
            if done.returncode == 0 or wanted not in done.stderr:
                raise Failed(f"{wanted}: {done}")


def main():
    belljar, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve() / "cxx"
    variables = settings()
    if not pathlib.Path(variables["CXX_PREFIX"], "lib/.stamp-cxx").exists():
        print("left out: the runtime of C++ is not built: guest/cxx/build.sh makes it")
        return SKIP
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["LC_ALL"] = "C"
    tests, failed = Tests(belljar, Build(folder, variables)), 0
    for name in [name for name in dir(tests) if name.startswith("test_")]:
        try:
            getattr(tests, name)()
            print(f"{name}: right")
        except Failed as why:
            failed += 1
            print(f"{name}: WRONG: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
