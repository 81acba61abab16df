"""TypeScript in a sandbox."""

import json

import pytest

import belljar


@pytest.fixture
def box():
    with belljar.Sandbox("typescript") as box:
        yield box


def test_evals_share_a_scope(box):
    assert box.eval("let x: number = 5; enum E { A = 2 }").ok
    assert box.eval("const f = <T,>(a: T): T => a; f<number>(x * E.A)").value == 10
    assert box.eval("interface I { a: number }").value is None
    assert box.eval("const y: I = { a: await Promise.resolve(1) }; y satisfies I").value == {"a": 1}
    box.set(given=[1, "two"])
    assert box.get("given") == [1, "two"] and box.get("x") == 5
    assert box.fork().eval("x as number + 1").value == 6


def test_a_source_with_imports_is_a_module(box):
    receipt = box.eval("import path from 'node:path';\nimport type { A } from './nowhere.ts';\nexport const a: string = path.sep; console.log(a)")
    assert receipt.ok and receipt.stdout == "/\n"
    assert belljar.run("type A = 1; this === undefined", lang="ts").value is False


@pytest.mark.parametrize(
    "source, place",
    [
        ("const a: number = (null as any).b;", ":1:"),
        ("interface A {\n a: 1 }\n\nfunction f(x: any): A {\n  return x.y.z as A;\n}\nf({} as A)", ":5:"),
        ("enum E { A }\nfunction f(x: any): E {\n  return x.y.z;\n}\nf(E)", ":3:"),
        ("class A { constructor(private x: number) {} }\n\nthrow new Error('here')", ":3:"),
        ("namespace N { export const a = 1 }\nlet s = `\n`\nnull!.x", ":4:"),
    ],
)  # fmt: skip
def test_errors_are_at_the_places_of_the_source(box, source, place):
    error = box.eval(source).error
    assert place in error.traceback, error.traceback


@pytest.mark.parametrize(
    "source, says, place",
    [
        ("let a: = 1", "Type expected", ":1:8"),
        ("\nclass {", "expected", ":2:"),
        ("type A = {", "'}' expected", ":1:11"),
        ("let a = 1;\nlet a: number = 2; const const = 3", "", ":2:"),
        ("enum E { A", "'}' expected", ":1:11"),
        ("\0", "Invalid character", ":1:1"),
    ],
)  # fmt: skip
def test_syntax_errors_are_the_compiler_s(box, source, says, place):
    error = box.eval(source).error
    assert error.type == "SyntaxError" and says in error.message and place in error.traceback, error.traceback


def test_what_a_program_does_to_its_objects_does_not_reach_the_compiler(box):
    spoil = """
        for (const it of [Array, String, Map, RegExp, Object, Function]) for (const name of Object.getOwnPropertyNames(it.prototype))
          try { if (name !== 'constructor') it.prototype[name] = () => { throw new Error('spoiled') } } catch {}
        delete globalThis.Map; globalThis.ts = undefined; globalThis.strip = undefined"""
    assert box.eval(spoil).ok
    assert box.eval("enum E { A = 5 } const x: number = E.A; x").value == 5


@pytest.mark.parametrize("open, close", [("(", ")"), ("[", "]"), ("{a:", "}"), ("`${", "}`"), ("<T>", "x"), ("a<", ">"), ("((x:", ")=>1)"), ("-", "1")])
def test_sources_as_deep_as_they_like_end_as_errors_or_well(open, close):
    for times in (200, 20_000):
        receipt = belljar.run(f"const deep = {open * times}1{close * times}", lang="typescript")
        assert receipt.outcome in ("ok", "error"), receipt
        if receipt.error:
            assert receipt.error.type in ("SyntaxError", "InternalError", "RangeError", "ReferenceError"), receipt.error
    nested = "type A = " + "{ a: " * times + "1" + "}" * times
    assert belljar.run(nested, lang="typescript").outcome in ("ok", "error")


def test_limits_hold_while_it_compiles():
    source = "enum E { A }\n" + "\n".join(f"export const a{i}: number = {i} as any as E" for i in range(20_000))
    assert belljar.run(source, lang="typescript", policy=belljar.Policy(fuel=5_000_000)).limit.name == "fuel"
    assert belljar.run("const a: number = 1", lang="typescript", policy=belljar.Policy(memory="40M")).ok
    short = belljar.run(source, lang="typescript", policy=belljar.Policy(memory="32M"))
    assert short.outcome in ("error", "limit"), short


def test_javascript_takes_no_typescript():
    assert belljar.run("const a: number = 1", lang="javascript").error.type == "SyntaxError"
    with belljar.Sandbox("javascript", mounts={"/t": belljar.Memory()}) as box:
        box.files.write("a.ts", "export const a: number = 1")
        assert "cannot read" in box.eval("await import('./a.ts')").error.message


def test_pools_and_snapshots(tmp_path):
    with belljar.Pool("typescript", warm=1) as pool:
        assert pool.run("const a: number = 5; a").value == 5
    with belljar.Sandbox("typescript") as box:
        box.eval("enum E { A = 7 }\nclass P { constructor(public x: number) {} fail(): never { throw new Error('x') } }")
        box.snapshot().save(tmp_path / "s.bj")
    with belljar.Snapshot.load(tmp_path / "s.bj", lang="typescript").spawn() as box:
        assert json.loads(box.eval("JSON.stringify([E.A, new P(1)])").value) == [7, {"x": 1}]
        assert "(<eval>:2:" in box.eval("new P(1).fail()").error.traceback
