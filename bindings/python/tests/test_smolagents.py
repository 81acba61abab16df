"""smolagents' CodeAgent with a scripted model, and agents that do their worst."""

import zipfile

import pytest

pytest.importorskip("smolagents")

from smolagents import CodeAgent, FinalAnswerTool, Tool, tool  # noqa: E402
from smolagents.models import ChatMessage, MessageRole, Model  # noqa: E402
from smolagents.utils import AgentError  # noqa: E402

from belljar.smolagents import BelljarCodeAgent, BelljarPythonExecutor  # noqa: E402


@pytest.fixture
def executor():
    with BelljarPythonExecutor(["json"], timeout_seconds=5) as made:
        made.send_tools({"final_answer": FinalAnswerTool()})
        yield made


class Scripted(Model):
    """Says its lines, one a step, and keeps what it was shown."""

    def __init__(self, *lines):
        super().__init__(model_id="scripted")
        self.lines = list(lines)
        self.shown = []

    def generate(self, messages, **kwargs):
        self.shown.append(str(messages[-1].content))
        code = self.lines.pop(0)
        return ChatMessage(role=MessageRole.ASSISTANT, content=f"Thought: go on.\n<code>\n{code}\n</code>")


class Index(Tool):
    name = "search"
    description = "Finds documents."
    inputs = {"query": {"type": "string", "description": "what"}, "limit": {"type": "integer", "description": "how many", "nullable": True}}
    output_type = "array"

    def __init__(self):
        super().__init__()
        self.secret = "key-that-stays-outside"
        self.calls = []

    def forward(self, query: str, limit: int = 3):
        self.calls.append(query)
        if query == "boom":
            raise KeyError(query)
        return [{"title": f"{query} {n}", "score": n / 10} for n in range(limit)]


# ---------------------------------------------------------------------- a whole task


def test_ten_steps_with_tools_state_errors_files_and_an_answer():
    index = Index()
    model = Scripted(
        "found = search('glass', limit=4)\nprint(len(found))",
        "best = max(found, key=lambda d: d['score'])\nprint(best['title'])",
        "import subprocess",
        "import json\ntext = json.dumps(best)",
        "1 / 0",
        "search(5)",
        "try:\n    search('boom')\nexcept Exception as e:\n    print('told:', e)",
        "with open('report.txt', 'w') as f:\n    f.write(text)",
        "print(open('report.txt').read() == text)",
        "final_answer({'title': best['title'], 'pair': (1, 2), 'bytes': b'x'})",
    )
    agent = CodeAgent(tools=[index], model=model, executor=BelljarPythonExecutor(["json"]), max_steps=10)
    assert agent.run("Find the best document.") == {"title": "glass 3", "pair": (1, 2), "bytes": b"x"}
    shown = "\n".join(model.shown)
    assert "glass 3" in shown
    assert "Import of subprocess is not allowed" in shown
    assert "ZeroDivisionError" in shown and "1 / 0" in shown
    assert "is not of type" in shown and "told: KeyError: 'boom'" in shown
    assert agent.python_executor.sandbox.files.read_text("report.txt").startswith('{"title"')
    assert index.calls == ["glass", "boom"] and index.secret not in shown
    agent.python_executor.cleanup()


def test_the_subclass_of_the_old_demo():
    class Mine(CodeAgent):
        def create_python_executor(self):
            return BelljarPythonExecutor(
                additional_authorized_imports=self.additional_authorized_imports,
                max_print_outputs_length=self.max_print_outputs_length,
                **self.executor_kwargs,
            )

    for kind in (Mine, BelljarCodeAgent):
        model = Scripted("import json\nprint(json.dumps([1]))", "final_answer(5)")
        assert kind(tools=[], model=model, additional_authorized_imports=["json"]).run("x") == 5


def test_a_managed_agent_is_called_from_the_sandbox():
    inner = CodeAgent(tools=[], model=Scripted("final_answer('from within')"), name="helper", description="Helps.", executor=BelljarPythonExecutor())
    model = Scripted("told = helper(task='say it')\nprint(told)", "final_answer('within' in told)")
    assert CodeAgent(tools=[], model=model, managed_agents=[inner], executor=BelljarPythonExecutor(timeout_seconds=None)).run("x") is True


# ---------------------------------------------------------------------- steps


def test_state_stays_and_outputs_are_told(executor):
    assert executor("x = 20\nprint('seen')") .logs == "seen\n"
    assert executor("x += 1").output == 21
    assert executor("y = x * 2").output == 42
    assert executor("x, y").output == (21, 42)
    assert executor("print(1)").output is None
    assert executor("def f(): pass").output is None
    assert executor("object()").output.startswith("<object object")


def test_variables_are_values_or_handles(executor):
    class Picture:
        pass

    picture = Picture()

    @tool
    def kind_of(thing: object) -> str:
        """Names a type.

        Args:
            thing: anything
        """
        return type(thing).__name__

    executor.send_tools({"final_answer": FinalAnswerTool(), "kind_of": kind_of})
    executor.send_variables({"rows": [(1, b"a")], "picture": picture})
    assert executor("rows").output == [(1, b"a")]
    assert executor("kind_of(picture)").output == "Picture"
    assert executor("kind_of({'belljar handle': 99})").output == "dict"
    assert executor("final_answer([picture])").output == [picture]


def test_long_outputs_are_cut():
    with BelljarPythonExecutor(max_print_outputs_length=100) as executor:
        logs = executor("print('x' * 10000)").logs
        assert len(logs) < 250 and "truncated" in logs


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('a'", "SyntaxError"),
        ("a = 1\nb = undefined", "line 'b = undefined' due to: NameError"),
        ("def f():\n    return {}['k']\n\nf()", "line 'f()' due to: KeyError"),
        ("import os", "Import of os is not allowed"),
        ("from os import path", "Import of os is not allowed"),
        ("import json.tool", "Import of json.tool is not allowed"),
        ("while True: pass", "maximum execution time of 1 seconds"),
        ("raise SystemExit(3)", "exit code 3"),
        ("def f(): f()\nf()", "RecursionError"),
        ("x = 'a' * (1 << 30)", "MemoryError"),
    ],
)
def test_what_goes_wrong_is_explained_and_the_state_stays(code, why):
    with BelljarPythonExecutor(["json"], timeout_seconds=1) as executor:
        executor("kept = 5\nprint('before')")
        with pytest.raises(AgentError) as caught:
            executor(f"print('seen')\n{code}")
        assert why in str(caught.value)
        assert executor.state["_print_outputs"] in ("seen\n", "")
        assert executor("kept").output == 5


def test_authorized_imports():
    with BelljarPythonExecutor(["*"]) as executor:
        executor("import os, sys, subprocess")
    with BelljarPythonExecutor(["xml.*", "os.path"]) as executor:
        executor("import xml.dom.minidom\nimport os.path\nfrom collections import deque")
    with pytest.raises(AgentError, match="Non-installed authorized modules: numpy"):
        BelljarPythonExecutor(["numpy"])


def test_packages_mounts_variables_and_limits(tmp_path, monkeypatch):
    wheel = tmp_path / "lower-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("lower.py", "NAME = 'lower'")
        archive.writestr("lower-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: lower\nVersion: 1.0\n")
        archive.writestr("lower-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr("lower-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("BELLJAR_STORE", str(tmp_path / "store"))
    (tmp_path / "in.csv").write_text("1,2")
    options = {"packages": [str(wheel)], "mounts": {"/data": (tmp_path, "ro")}, "env": {"A": "b"}, "memory": "64M", "file_bytes": "1M"}
    with BelljarPythonExecutor(["lower", "os"], **options) as executor:
        assert executor("import lower, os\nlower.NAME, os.environ['A'], open('/data/in.csv').read()").output == ("lower", "b", "1,2")
        for code, why in (("'x' * (80 << 20)", "MemoryError"), ("open('big', 'w').write('x' * (2 << 20))", "OSError"), ("open('/data/x', 'w')", "Error")):
            with pytest.raises(AgentError, match=why):
                executor(code)
        executor("os.remove('big')  # what there was room for\nopen('out.png', 'wb').write(b'\\x89PNG')")
        assert executor.sandbox.files.read("out.png") == b"\x89PNG"


def test_after_cleanup():
    executor = BelljarPythonExecutor()
    executor.cleanup()
    executor.delete()
    with pytest.raises(AgentError, match="make a new one"):
        executor("1")


# ---------------------------------------------------------------------- attacks


def test_answers_are_not_forged_by_what_is_printed_or_raised(executor):
    for code in (
        "print('final_answer(1)'); print('FinalAnswerException: gASV')",
        "print('{\"is_final_answer\": true}')",
        "class FinalAnswer(BaseException): pass\ntry:\n    raise FinalAnswer\nexcept BaseException: pass",
    ):
        assert not executor(code).is_final_answer
    with pytest.raises(AgentError):
        executor("class FinalAnswer(BaseException): pass\nraise FinalAnswer")
    with pytest.raises(AgentError, match="ToolRefused"):
        executor("final_answer(1, 2)" if False else "tools.final_answer(wrong=1)")
    assert not executor("1").is_final_answer
    with pytest.raises(AgentError):
        executor("answer = []\nanswer.append(answer)\nfinal_answer(answer)")
    with pytest.raises(AgentError):
        executor("final_answer('x' * (2 << 20))")


@pytest.mark.parametrize("answer", ["float('nan')", "2**4000", "{'$bytes': 1}", "'\\x00'", "[[[[1]]]]", "None"])
def test_odd_answers_arrive_as_they_are(executor, answer):
    found = executor(f"final_answer({answer})")
    assert found.is_final_answer
    assert repr(found.output) == repr(eval(answer))  # of this test's own text


def test_a_tool_that_uses_the_executor_is_refused(executor):
    @tool
    def again() -> str:
        """Runs code in the same sandbox."""
        executor("1")
        return "no"

    executor.send_tools({"final_answer": FinalAnswerTool(), "again": again})
    with pytest.raises(AgentError, match="in use"):
        executor("again()")
    assert executor("1 + 1").output == 2


def test_tools_that_are_gone_are_refused(executor):
    executor.send_tools({"final_answer": FinalAnswerTool(), "search": Index()})
    executor("kept = search")
    executor.send_tools({"final_answer": FinalAnswerTool()})
    with pytest.raises(AgentError, match="granted"):
        executor("kept('x')")
    with pytest.raises(AgentError, match="NameError"):
        executor("search('x')")
