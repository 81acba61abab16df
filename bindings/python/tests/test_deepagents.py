"""The backend of deepagents: LangChain's own conformance suite, an agent with a script for a model, and what is ours."""

import asyncio
import random
import shutil
import subprocess
import time
import types

import pytest

pytest.importorskip("deepagents")
pytest.importorskip("langchain_tests")

from deepagents import create_deep_agent  # noqa: E402
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel  # noqa: E402
from langchain_core.messages import AIMessage, ToolMessage  # noqa: E402
from langchain_tests.integration_tests import SandboxIntegrationTests  # noqa: E402

from belljar import Policy, tool  # noqa: E402
from belljar._command import CommandError, parse  # noqa: E402
from belljar.deepagents import BelljarBackend  # noqa: E402

# ---------------------------------------------------------------------- the conformance suite

SHELL = """
    test_write_new_file test_upload_single_file test_upload_large_file_reports_expected_size test_write_creates_parent_dirs
    test_write_special_characters test_write_empty_file test_write_path_with_spaces test_write_unicode_content
    test_write_consecutive_slashes_in_path test_write_content_with_only_newlines test_ls_lists_nested_directories test_ls_large_directory
    test_grep_empty_directory test_awrite_aread_large_text_payload test_aupload_adownload_large_file_roundtrip
""".split()
OLDER = """
    test_write_existing_file_fails test_glob test_glob_basic_pattern test_glob_with_directories test_glob_hidden_files_explicitly
    test_glob_with_character_class test_glob_with_question_mark
""".split()


def expected(name, why):
    """The same test, which has to fail."""
    test = getattr(SandboxIntegrationTests, name)
    copy = types.FunctionType(test.__code__, test.__globals__, name, test.__defaults__, test.__closure__)
    return pytest.mark.xfail(reason=why, strict=True)(copy)


class TestConformance(SandboxIntegrationTests):
    @pytest.fixture(scope="class")
    def sandbox(self):
        with BelljarBackend() as backend:
            yield backend

    for name in SHELL:
        locals()[name] = expected(name, "it looks at what was done by cat, wc, mkdir or test in a shell, and there is none")
    for name in OLDER:
        locals()[name] = expected(name, "deepagents 0.7 wants the opposite: write replaces, glob gives absolute paths of files alone")


# ---------------------------------------------------------------------- an agent


class Script(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self


def call(name, **arguments):
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"{name}-{len(str(arguments))}"}])


def test_an_agent_writes_a_program_runs_it_mends_it_and_reads_what_it_made():
    program = "import collections, json\nwords = open('/work/in.txt').read().split()\njson.dump(collections.Counter(words), open('out.json', 'w'))\nprint(1 / zero)\n"
    script = [
        call("write_file", file_path="/work/in.txt", content="a b a"),
        call("write_file", file_path="/work/count.py", content=program),
        call("execute", command="cd /work && python3 count.py"),
        call("edit_file", file_path="/work/count.py", old_string="print(1 / zero)", new_string="print('done')"),
        call("execute", command="python3 /work/count.py"),
        call("execute", command="cat out.json | wc -c"),
        call("read_file", file_path="/work/out.json"),
        call("grep", pattern="Counter", path="/work", output_mode="content"),
        call("write_file", file_path="/etc/passwd", content="x"),
        AIMessage("There are two of a."),
    ]
    with BelljarBackend(policy=Policy(timeout=10)) as backend:
        agent = create_deep_agent(Script(messages=iter(script)), backend=backend)
        ended = agent.invoke({"messages": [("user", "Count the words.")]})
        told = [message.text for message in ended["messages"] if isinstance(message, ToolMessage)]
        assert backend.download_files(["/work/out.json"])[0].content == b'{"a": 2, "b": 1}'
    assert "NameError: name 'zero' is not defined" in told[2] and 'File "count.py", line 4' in told[2]
    assert "done" in told[4]
    assert "cat: command not found" in told[5] and "There is no shell here" in told[5]
    assert '{"a": 2, "b": 1}' in told[6] and "count.py" in told[7]
    assert "permission denied" in told[8]
    assert ended["messages"][-1].text == "There are two of a."


# ---------------------------------------------------------------------- commands


@pytest.fixture(scope="module")
def backend():
    with BelljarBackend(policy=Policy(timeout=5)) as made:
        yield made


@pytest.mark.parametrize(
    ("command", "output", "code"),
    [
        ("python3 -c 'print(6 * 7)'", "42\n", 0),
        ("python -uB -c \"import sys; print(sys.argv)\" a 'b c'", "['-c', 'a', 'b c']\n", 0),
        ("python3 - x <<'EOF'\nimport sys\nprint('$HOME', sys.argv)\nEOF", "$HOME ['-', 'x']\n", 0),
        ("python3 <<EOF\nprint(1)\nEOF\n", "1\n", 0),
        ("python3 - <<'EOF' 2>&1\nimport sys; print(1, file=sys.stderr)\nEOF", "1\n", 0),
        ("python3 -c 'print(1 <<2\n)'", "4\n", 0),
        ("python3 -c \"\nx = 1 << y if 0 else 5 <<x\n\"", "NameError", 1),
        ("python3 -m json.tool --help", "usage:", 0),
        ("python3 -c 'import sys; print(1); print(2, file=sys.stderr); print(3)' 2>&1", "1\n2\n3\n", 0),
        ("python3 -c 'raise SystemExit(7)'", "", 7),
        ("python3 -c 'import os; os._exit(3)'", "", 3),
        ("python3 -c 'import sys; sys.exit(\"why\")'", "why", 1),
        ("python3 -c '1 / 0'", 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n', 1),
        ("python3 -c 'print('", "SyntaxError", 1),
        ("python3 missing.py", "can't open file 'missing.py'", 2),
        ("python3 -m missing", "No module named missing", 1),
        ("cd /nowhere && python3 -c 1", "cd: /nowhere: ", 1),
        ("cd /tmp && python3 -c 'import os; print(os.getcwd())'", "/tmp\n", 0),
        ("python3 --version", "Python 3.13", 0),
        ("python3 -c 'print(__name__)'", "__main__\n", 0),
        ("python3 -c 'print(1)'; rm -rf /", "`;` outside of quotes", 2),
        ("python3 -c 'print(1)' | head", "`|` outside", 2),
        ("python3 -c \"print('$HOME')\"", "$ in double quotes", 2),
        ("python3 <<EOF\nprint('$HOME')\nEOF", "a shell would expand", 2),
        ("python3 <<'EOF'\nprint(1)\nEOF\nrm x", "does not end", 2),
        ("python3 x.py *", "`*` outside", 2),
        ("python3 -c 'unclosed", "does not end", 2),
        ("python3", "a program is missing", 2),
        ("python3 -i x.py", "not known here", 2),
        ("ls -l", "ls: command not found", 127),
        ("python4 -c 1", "python4: command not found", 127),
        ("'python3' -c 1", "command not found", 127),
        ("", "command not found", 127),
        ("X=1 python3 -c 1", "command not found", 127),
    ],
)
def test_commands(backend, command, output, code):
    ended = backend.execute(command)
    assert output in ended.output and ended.exit_code == code, ended
    if "Traceback" in output:
        assert "_start" not in ended.output


def test_what_is_parsed_runs_as_it_was_written():
    for text in ("print('a b')", "x = \"1\"", "\\n\\\\", "$HOME `x` * ? [ # ~", "a\nb", "ä𝄞"):
        quoted = "'" + text.replace("'", "'\"'\"'") + "'"
        assert parse(f"python3 -c {quoted}").what == text
    for double, what in ((r"\$5 \` \" \\ \n", '$5 ` " \\ \\n'), ("a\\\nb", "ab"), ("it's", "it's"), ("a\nb", "a\nb")):
        assert parse(f'python3 -c "{double}"').what == what
    assert parse("python3 \\\n  -c a\\ b'c'\"d\" e#f '' --x=~").arguments == ["-c", "e#f", "", "--x=~"]
    for no in ("python3 -c 1 #", "python3 ~/x", "python3 -c $(x)", 'python3 -c "`x`"', "python3 -c 1\npython3 -c 2", "python3 -c 1 &", "python3 x > y"):
        with pytest.raises(CommandError):
            parse(no)


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no shell to compare with")
def test_words_are_those_of_a_shell():
    rng = random.Random(5)
    seen = 0
    for _ in range(3000):
        text = "python3 x " + "".join(rng.choice("ab '\"\\\\\n \t#~=-$`") for _ in range(rng.randrange(12)))
        try:
            words = parse(text).arguments
        except CommandError:
            continue
        if words and "\0" not in text and rng.random() < 0.3:
            done = subprocess.run(["sh", "-c", f'python3() {{ printf "%s\\0" "$@"; }}\n{text.strip()}'], capture_output=True, text=True)
            assert (done.stdout.split("\0")[:-1], done.stderr) == (words, ""), text
            seen += 1
    assert seen > 100


def test_each_command_is_a_fresh_interpreter_that_sees_the_files(backend):
    assert backend.execute("python3 -c 'import json; json.x = y = 1; open(\"/work/m.py\", \"w\").write(\"V = 1\")'").exit_code == 0
    assert "NameError" in backend.execute("python3 -c 'y'").output
    assert "AttributeError" in backend.execute("python3 -c 'import json; json.x'").output
    assert backend.execute("cd /work && python3 -c 'import m; print(m.V)'").output == "1\n"
    backend.edit("/work/m.py", "1", "2")
    assert backend.execute("cd /work && python3 -c 'import m; print(m.V)'").output == "2\n"


def test_what_a_command_did_to_files_is_kept(backend):
    code = "import os, shutil; os.makedirs('d/e/f'); open('d/a', 'wb').write(b'\\0' * 100000); open('d/gone', 'w').close(); os.symlink('a', 'd/link')"
    first = backend.execute(f'python3 -c "{code}"')
    assert first.exit_code == 0 and "d/link was not kept" in first.output
    assert {entry["path"] for entry in backend.ls("/work/d").entries} == {"/work/d/a", "/work/d/e", "/work/d/gone"}
    backend.execute("python3 -c 'import os, shutil; os.remove(\"d/gone\"); shutil.rmtree(\"d/e\"); os.rename(\"d/a\", \"d/b\")'")
    assert [entry["path"] for entry in backend.ls("/work/d").entries] == ["/work/d/b"]
    stopped = backend.execute("python3 -c 'open(\"/tmp/half\", \"w\").write(\"x\"); 1 / 0'")
    assert stopped.exit_code == 1 and backend.read("/tmp/half").file_data["content"] == "x"
    assert backend.delete("/work/d").error is None and "not found" in backend.ls("/work/d").error


def test_limits(backend):
    stopped = backend.execute("python3 -c 'open(\"kept\", \"w\").write(\"1\")\nprint(1)\nwhile True: pass'", timeout=1)
    assert stopped.exit_code == 124 and stopped.output == "1\nbelljar: stopped after 1 s\n"
    assert backend.read("/work/kept").file_data["content"] == "1"
    with BelljarBackend(policy=Policy(timeout=0.3, output="1K")) as small:
        ended = small.execute("python3 -c 'while True: pass'", timeout=60)
        assert ended.exit_code == 124 and "limit timeout" in ended.output
        loud = small.execute("python3 -c 'print(\"x\" * 5000)'")
        assert loud.truncated and loud.exit_code == 125 and "output-limit" in loud.output
        assert small.execute("python3 -c 'print(1)'").output == "1\n"


def test_commands_run_side_by_side_and_a_cancelled_one_ends():
    async def main():
        with BelljarBackend(policy=Policy(timeout=3600)) as backend:
            waits = (backend.aexecute(f"python3 -c 'import time; time.sleep(2); open(\"{n}\", \"w\")'") for n in range(4))
            began = time.monotonic()
            assert [ended.exit_code for ended in await asyncio.gather(*waits)] == [0] * 4
            assert time.monotonic() - began < 7.9  # one after the other it is 8 at least
            assert [entry["path"] for entry in (await backend.als("/work")).entries] == [f"/work/{n}" for n in range(4)]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(backend.aexecute("python3 -c 'while True: pass'"), 0.2)
            assert (await backend.aexecute("python3 -c 'print(5)'")).output == "5\n"

    asyncio.run(main())


def test_tools_mounts_and_packages_are_those_of_a_sandbox(tmp_path):
    @tool
    def price(name: str) -> int:
        "Finds a price."
        return {"glass": 14}[name]

    (tmp_path / "in.txt").write_text("from the host")
    with BelljarBackend(tools=[price], mounts={"/data": tmp_path, "/out": (tmp_path, "rw")}, env={"A": "b"}) as backend:
        command = "python3 -c 'import os; print(tools.price(name=\"glass\"), open(\"/data/in.txt\").read(), os.environ[\"A\"]); open(\"/out/x\", \"w\").write(\"y\")'"
        assert backend.execute(command).output == "14 from the host b\n"
        assert (tmp_path / "x").read_text() == "y"
        assert backend.read("/data/in.txt").file_data["content"] == "from the host"
        assert "permission denied" in backend.write("/data/in.txt", "x").error
        assert [match["path"] for match in backend.grep("host").matches] == ["/data/in.txt", "/out/in.txt"]
        assert [match["path"] for match in backend.glob("*.txt").matches] == ["/data/in.txt", "/out/in.txt"]


# ---------------------------------------------------------------------- a guest that does its worst


def test_what_a_command_leaves_behind_harms_nobody(backend, tmp_path):
    nasty = "import os\nos.makedirs('/'.join(['deep'] * 100))\nopen('a\\nb', 'w').write('x')\nopen(b'\\xf0\\x9f\\x98\\x80', 'w')\nos.symlink('..', 'up')\nos.symlink('loop', 'loop')"
    ended = backend.execute(f"python3 - <<'EOF'\n{nasty}\nEOF")
    assert ended.exit_code == 0, ended
    assert backend.grep("x", path="/work").error is None and backend.glob("**/*", path="/work").error is None
    for path in ("/work/../etc/passwd", "/../../etc/passwd", "//etc/passwd", "/work/a\0b", "relative", ""):
        assert backend.download_files([path])[0].content is None
        assert backend.read(path).error and backend.write(path if path.startswith("/etc") or not path.startswith("/") else "/etc/x", "").error


def test_a_command_cannot_make_the_host_take_other_code_for_its_own(backend):
    """The runner's words are literals: nothing in a command ends them."""
    for text in ("'); print('out'); ('", '"""', "\\", "{kind!r}", "_start(*"):
        ended = backend.execute("python3 -c 'import sys; print(ascii(sys.argv[1]))' " + "'" + text.replace("'", "'\"'\"'") + "'")
        assert ended.output == ascii(text) + "\n"


def test_matches_are_bounded(backend):
    backend.execute("python3 -c 'import os; os.makedirs(\"many\"); [open(f\"many/{n}\", \"w\").write(\"needle\\n\" * 3) for n in range(50)]'")
    found = backend.grep("needle", path="/work/many", max_count=7)
    assert len(found.matches) == 7 and found.truncated
    assert len(backend.grep("needle", path="/work/many", max_count=150).matches) == 150
    assert not backend.grep("needle", path="/work/many", max_count=150).truncated
    assert backend.glob("../*", path="/work/many").error and backend.glob("{a,b" * 5000, path="/work/many") is not None
