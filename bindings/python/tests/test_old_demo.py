"""What the executor of the old WebAssembly demo promised, in its 34 tests: the same behaviours, held to more."""

import os
import subprocess
import sys
from unittest.mock import Mock

import pytest

pytest.importorskip("smolagents")

from smolagents.local_python_executor import CodeOutput, PythonExecutor  # noqa: E402
from smolagents.utils import AgentError  # noqa: E402

import belljar  # noqa: E402
from belljar.smolagents import BelljarPythonExecutor  # noqa: E402


@pytest.fixture
def executor():
    with BelljarPythonExecutor(["math", "json"], max_print_outputs_length=1000) as made:
        yield made


def logs_of(executor, code):
    return executor(code).logs


# ---------------------------------------------------------------------- making one (3)


def test_defaults():
    with BelljarPythonExecutor([]) as executor:
        assert executor.additional_authorized_imports == [] and executor.additional_functions == {}
        assert executor.max_print_outputs_length == 50_000


def test_what_is_given_is_used():
    def twice(x):
        return 2 * x

    with BelljarPythonExecutor(["json", "xml"], max_print_outputs_length=200, additional_functions={"twice": twice}, memory="64M") as executor:
        assert executor.additional_authorized_imports == ["json", "xml"] and executor.additional_functions == {"twice": twice}
        assert executor("twice(21)").output == 42 and executor("import json, xml; 1").output == 1
        assert "truncated" in executor("print('x' * 1000)").logs
        with pytest.raises(AgentError, match="MemoryError"):
            executor("'x' * (100 << 20)")
        executor.send_tools({"other": twice})
        assert executor("twice(1) + other(2)").output == 6


def test_without_its_guests_it_says_so(tmp_path):
    source = "from belljar.smolagents import BelljarPythonExecutor\ntry:\n    BelljarPythonExecutor([])\nexcept OSError as e:\n    print('told', e)"
    done = subprocess.run([sys.executable, "-c", source], env=os.environ | {"BELLJAR_GUESTS": str(tmp_path)}, capture_output=True, text=True)
    assert done.stdout.startswith("told") and "python" in done.stdout, done


# ---------------------------------------------------------------------- running code (7)


def test_simple_code(executor):
    ended = executor("result = 2 + 3\nprint(f'Result: {result}')")
    assert ended.logs == "Result: 5\n" and ended.is_final_answer is False


def test_what_is_printed_is_in_the_logs(executor):
    assert logs_of(executor, "print('Hello, World!')\nprint('This is a test')") == "Hello, World!\nThis is a test\n"


def test_syntax_errors(executor):
    with pytest.raises(AgentError, match="SyntaxError"):
        executor("if True\n    print('no')")
    assert executor("1").output == 1


def test_errors_at_run_time(executor):
    with pytest.raises(AgentError, match="ZeroDivisionError"):
        executor("result = 10 / 0")
    assert executor("1").output == 1


def test_final_answers(executor):
    executor.send_tools({"final_answer": lambda x: x})
    ended = executor("result = 42\nfinal_answer(result)")
    assert ended.is_final_answer is True and ended.output == 42


@pytest.mark.parametrize("code", ["", "   \n\t  \n  "])  # two of them
def test_no_code_at_all(executor, code):
    ended = executor(code)
    assert (ended.output, ended.logs, ended.is_final_answer) == (None, "", False)


# ---------------------------------------------------------------------- variables (5)


def test_variables_are_in_the_state(executor):
    executor.send_variables({"x": 10, "message": "Hello"})
    assert executor.state["x"] == 10 and executor.state["message"] == "Hello"


def test_variables_are_there_in_code(executor):
    executor.send_variables({"test_var": 42})
    assert executor("test_var * 2").output == 84


def test_variables_stay(executor):
    executor.send_variables({"kept": 100})
    executor("kept += 1")
    assert executor("kept + 50").output == 151


def test_variables_of_all_kinds(executor):
    sent = {"l": [1, 2, 3], "d": {"key": "value"}, "t": (1, 2, 3), "n": {"list": [1, 2], "dict": {"nested": True}}}
    executor.send_variables(sent)
    assert executor("print(l, d, t, n)").logs == f"{sent['l']} {sent['d']} {sent['t']} {sent['n']}\n"
    assert executor("(l, d, t, n)").output == tuple(sent.values())


def test_no_variables(executor):
    executor.send_variables({})
    assert logs_of(executor, "print('none')") == "none\n"


# ---------------------------------------------------------------------- tools (5), which were placeholders there


def test_tools_are_accepted(executor):
    made = Mock(return_value="tool result")
    executor.send_tools({"test_tool": made})
    assert executor("test_tool()").output == "tool result" and made.call_count == 1


def test_tools_run(executor):
    executor.send_tools({"calculator": lambda a, b: a + b})
    assert logs_of(executor, "print(f'calculator(5, 3) = {calculator(5, 3)}')") == "calculator(5, 3) = 8\n"


def test_what_tools_return(executor):
    executor.send_tools({"complex_tool": lambda: {"result": [1, 2, 3], "status": "success", "pair": (1, b"x")}})
    assert executor("complex_tool()").output == {"result": [1, 2, 3], "status": "success", "pair": (1, b"x")}


def test_what_tools_raise(executor):
    def failing_tool():
        raise ValueError("Tool failed")

    executor.send_tools({"failing_tool": failing_tool})
    assert "Tool failed" in logs_of(executor, "try:\n    failing_tool()\nexcept Exception as e:\n    print(f'Tool error: {e}')")
    with pytest.raises(AgentError, match="Tool failed"):
        executor("failing_tool()")


def test_no_tools(executor):
    executor.send_tools({})
    assert logs_of(executor, "print('none')") == "none\n"


# ---------------------------------------------------------------------- resources (5)


def test_it_has_a_sandbox(executor):
    assert isinstance(executor.sandbox, belljar.Sandbox) and not executor.sandbox.ended


def test_it_has_a_state(executor):
    assert executor.state["__name__"] == "__main__" and executor("__name__").output == "__main__"


def test_it_is_a_context_manager():
    with BelljarPythonExecutor([]) as executor:
        box = executor.sandbox
    assert box.ended


def test_cleanup_twice(executor):
    executor.cleanup()
    executor.cleanup()


def test_executors_are_apart():
    with BelljarPythonExecutor([]) as first, BelljarPythonExecutor([]) as second:
        first.send_variables({"v": "first"})
        second.send_variables({"v": "second"})
        first("open('f', 'w').write('1')\nv += '!'")
        assert first("v").output == "first!" and second("v").output == "second" and second.state["v"] == "second"
        with pytest.raises(AgentError, match="FileNotFoundError"):
            second("open('f')")


# ---------------------------------------------------------------------- errors (4; the missing runtime is above)


def test_what_cannot_be_made_is_an_error():
    with pytest.raises(belljar.ArgumentError, match="memory"):
        BelljarPythonExecutor([], memory="1K")
    with pytest.raises(TypeError):
        BelljarPythonExecutor([], no_such_limit=1)


def test_cleanup_never_raises():
    executor = BelljarPythonExecutor(["math"])
    executor.sandbox.close()
    executor.cleanup()


@pytest.mark.parametrize("code", [123, None, b"1", ["1"]])
def test_code_that_is_none(executor, code):
    with pytest.raises(AgentError, match="code is a str"):
        executor(code)


# ---------------------------------------------------------------------- smolagents' interface (5)


def test_the_interface(executor):
    assert isinstance(executor, PythonExecutor) and executor
    for name in ("send_tools", "send_variables", "cleanup", "delete", "__call__"):
        assert callable(getattr(executor, name))


def test_the_form_of_an_output(executor):
    ended = executor("result = 1 + 1")
    assert isinstance(ended, CodeOutput) and ended == CodeOutput(output=2, logs="", is_final_answer=False)


def test_it_can_be_called_again(executor):
    assert executor("print('Hello')") == executor("print('Hello')")


def test_state_stays(executor):
    executor("x = 10")
    assert logs_of(executor, "print(x)") == "10\n"


def test_variables_and_tools_together(executor):
    executor.send_variables({"base_value": 5})
    executor.send_tools({"multiplier": lambda x, factor=2: x * factor})
    assert logs_of(executor, "print(multiplier(base_value, 3), multiplier(base_value))") == "15 10\n"
