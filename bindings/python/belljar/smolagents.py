"""smolagents' code in a sandbox: a drop-in executor for CodeAgent.

    from belljar.smolagents import BelljarPythonExecutor
    agent = CodeAgent(tools=[...], model=model, executor=BelljarPythonExecutor(additional_authorized_imports=["json"]))

Tools, managed agents and functions run on the host and are called from the sandbox: what they know (keys, models, files) stays
outside. Which imports are authorized is a courtesy to the agent, as smolagents has it; the wall is the sandbox.
"""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Callable, Mapping, Sequence

from smolagents import CodeAgent  # type: ignore[import-untyped]
from smolagents.local_python_executor import (  # type: ignore[import-untyped]
    BASE_BUILTIN_MODULES,
    DEFAULT_MAX_LEN_OUTPUT,
    MAX_EXECUTION_TIME_SECONDS,
    CodeOutput,
    InterpreterError,
    PythonExecutor,
)
from smolagents.utils import AgentError, truncate_content  # type: ignore[import-untyped]

from . import tools as _tools
from . import values
from ._adapter import shown_of
from .policy import Policy
from .receipt import Receipt
from .sandbox import Sandbox, Snapshot

_WEEK_SECONDS = 7 * 24 * 3600
_FINAL = "final_answer"
_HANDLE = "belljar handle"

# What the guest runs first. Programs see nothing of it but the names that they are given.
_GUEST = """
def _prepare(authorized):
    import builtins, sys, types
    from importlib.util import find_spec

    agent = types.ModuleType("_belljar_agent")
    program = sys.modules["__main__"].__dict__
    real_import = builtins.__import__

    def is_authorized(name):
        parts = name.split(".")
        for pattern in authorized:
            wanted = pattern.split(".")
            if "*" in wanted:
                wanted = wanted[:wanted.index("*")]
                if parts[:len(wanted)] == wanted:
                    return True
            elif wanted[:len(parts)] == parts:
                return True
        return False

    def checked_import(name, globals=None, locals=None, fromlist=(), level=0):
        if globals is program and level == 0 and not is_authorized(name):
            raise ImportError(f"Import of {name} is not allowed. Authorized imports are: {sorted(authorized)}")
        return real_import(name, globals, locals, fromlist, level)

    class FinalAnswer(BaseException):
        pass

    def final_answer(*args, **kwargs):
        agent.tools.final_answer(*args, **kwargs)  # the host remembers it
        raise FinalAnswer

    def bind(unpack, variables):
        tools = agent.tools = real_import("belljar_tools").tools
        if "final_answer" in tools:
            program["final_answer"] = final_answer
        program.update(unpack(variables))

    agent.bind = bind
    agent.missing = [base for base in {name.split(".")[0] for name in authorized} - {"*"} if find_spec(base) is None]
    sys.modules["_belljar_agent"] = agent
    builtins.__import__ = checked_import
"""


class BelljarExecutionError(InterpreterError, AgentError):  # type: ignore[misc]
    """What went wrong in a step, in words for the agent. Both of smolagents' kinds of error."""

    def __init__(self, message: str):
        ValueError.__init__(self, message)
        self.message = message


class BelljarPythonExecutor(PythonExecutor):  # type: ignore[misc]
    """Runs an agent's steps in one sandbox, whose variables stay from step to step.

    ``additional_authorized_imports``, ``max_print_outputs_length``, ``additional_functions`` and ``timeout_seconds`` are
    those of smolagents' LocalPythonExecutor. ``packages``, ``mounts`` and ``env`` are those of :class:`belljar.Sandbox`, and further
    arguments those of :class:`belljar.Policy`.

    A step that ends the sandbox (its time is up, too much output, an exit) is an error, and the sandbox goes back to where it
    stood before that step. What a tool returns that is no value (an image, say) stays on the host: the guest gets a handle,
    which other tools and ``final_answer`` take for the object.
    """

    def __init__(
        self,
        additional_authorized_imports: Sequence[str] = (),
        max_print_outputs_length: int | None = None,
        additional_functions: Mapping[str, Callable[..., typing.Any]] | None = None,
        timeout_seconds: float | None = MAX_EXECUTION_TIME_SECONDS,
        *,
        packages: Sequence[str] = (),
        mounts: Mapping[str, typing.Any] | None = None,
        env: Mapping[str, str] | None = None,
        **policy: typing.Any,
    ):
        self.additional_authorized_imports = list(additional_authorized_imports)
        self.authorized_imports = sorted({*BASE_BUILTIN_MODULES, *additional_authorized_imports})
        self.max_print_outputs_length = max_print_outputs_length or DEFAULT_MAX_LEN_OUTPUT
        self.additional_functions = dict(additional_functions or {})
        self.timeout_seconds = timeout_seconds
        self.static_tools: dict[str, typing.Any] = {}
        self.state: dict[str, typing.Any] = {"__name__": "__main__", "_print_outputs": ""}
        self._handles: dict[int, typing.Any] = {}
        self._answers: list[typing.Any] = []
        limits = Policy(timeout=_WEEK_SECONDS if timeout_seconds is None else timeout_seconds, **policy)
        self._box: Sandbox | None = Sandbox("python", policy=limits, packages=packages, mounts=mounts, env=env)
        self._begin()

    def _begin(self) -> None:
        self._internal(f"{_GUEST}\n_prepare({self.authorized_imports!r})\ndel _prepare")
        missing = self._internal("__import__('sys').modules['_belljar_agent'].missing").value
        if missing:
            raise BelljarExecutionError(
                f"Non-installed authorized modules: {', '.join(sorted(missing))}. The sandbox has Python's standard library; "
                "pure-Python packages can be added by packages=[...], native ones cannot run in it."
            )
        self.send_tools({})

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox: its files are what the agent reads and writes."""
        if self._box is None:
            raise BelljarExecutionError("this executor was cleaned up: make a new one")
        return self._box

    def _internal(self, source: str) -> Receipt:
        return self.sandbox.eval(source).raise_for_outcome()

    # ------------------------------------------------------------------ what the agent gives

    def send_tools(self, tools: Mapping[str, typing.Any]) -> None:
        """Lets the guest call these tools and managed agents by their names, and the additional functions."""
        for name in self.static_tools:
            if name not in tools and name not in self.additional_functions:
                self.sandbox.remove_tool(name)
        self.static_tools = {**tools, **self.additional_functions}
        for name, tool in self.static_tools.items():
            run = self._finish if name == _FINAL else self._call
            self.sandbox.add_tool(
                _tools.Tool(
                    _bound(run, tool),
                    name=name,
                    description=_description_of(tool),
                    schema=_schema_of(tool),
                    as_global=name != _FINAL,
                )
            )
        self._bind({})

    def send_variables(self, variables: Mapping[str, typing.Any]) -> None:
        """Sets variables of the guest; what is no value becomes a handle."""
        self.state.update(variables)
        self._bind(variables)

    def _bind(self, variables: Mapping[str, typing.Any]) -> None:
        text = values.encode({name: self._outgoing(value) for name, value in variables.items()}, 1 << 30)
        self._internal(f"__import__('sys').modules['_belljar_agent'].bind(__import__('belljar_values').unpack, {text!r})")

    # ------------------------------------------------------------------ tools, on the host

    def _outgoing(self, value: typing.Any) -> typing.Any:
        try:
            values.encode(value, 1 << 30)
            return value
        except ValueError:
            number = len(self._handles) + 1
            self._handles[number] = value
            return {_HANDLE: number, "type": type(value).__name__}

    def _incoming(self, value: typing.Any) -> typing.Any:
        if isinstance(value, dict):
            number = value.get(_HANDLE)
            if isinstance(number, int) and number in self._handles:
                return self._handles[number]
            return {key: self._incoming(item) for key, item in value.items()}
        return [self._incoming(item) for item in value] if isinstance(value, list) else value

    def _call(self, tool: typing.Any, arguments: dict[str, typing.Any]) -> typing.Any:
        return self._outgoing(tool(**self._incoming(arguments)))

    def _finish(self, tool: typing.Any, arguments: dict[str, typing.Any]) -> None:
        self._answers.append(tool(**self._incoming(arguments)))

    # ------------------------------------------------------------------ steps

    def __call__(self, code_action: str) -> CodeOutput:
        if not isinstance(code_action, str):
            raise BelljarExecutionError(f"Code parsing failed due to: TypeError: code is a str, not {type(code_action).__name__}")
        before = self.sandbox.snapshot()
        self._answers.clear()
        receipt = self.sandbox.eval(code_action)
        shown = "\n".join(part for part in shown_of(receipt) if part)
        logs = truncate_content(receipt.stdout + shown, max_length=self.max_print_outputs_length)
        self.state["_print_outputs"] = logs
        if self.sandbox.ended:
            self.sandbox.rewind(before)
        if self._answers:
            return CodeOutput(output=self._answers[-1], logs=logs, is_final_answer=True)
        if not receipt.ok:
            raise BelljarExecutionError(self._explain(receipt, code_action, before))
        return CodeOutput(output=self._output(receipt, code_action), logs=logs, is_final_answer=False)

    def _output(self, receipt: Receipt, code: str) -> typing.Any:
        """The value of the last statement, an assignment's too, as smolagents has it."""
        if receipt.repr is None:
            name = _assigned(code)
            if name is None:
                return None
            receipt = self.sandbox.eval(name)
        if receipt.value is None and receipt.repr not in (None, "None"):
            return receipt.repr
        return self._incoming(receipt.value)

    def _explain(self, receipt: Receipt, code: str, _before: Snapshot) -> str:
        back = " The variables are as they were before this step."
        if receipt.limit and receipt.limit.name == "timeout":
            return f"Code execution exceeded the maximum execution time of {self.timeout_seconds} seconds.{back}"
        if receipt.limit:
            return f"Code execution exceeded the limit {receipt.limit.name} ({receipt.limit.allowed}).{back}"
        if receipt.error is None or receipt.outcome == "trap":
            return f"Code execution ended: {receipt.outcome}, exit code {receipt.exit_code}.{back}"
        error = receipt.error
        if error.type in ("SyntaxError", "IndentationError", "TabError") and "in <module>" not in error.traceback:
            return f"Code parsing failed due to: {error.type}: {error.message}\n{error.traceback}"
        return f"Code execution failed at line '{_statement_at(code, error.traceback)}' due to: {error.type}: {error.message}"

    def cleanup(self) -> None:
        """Frees the sandbox."""
        if self._box is not None:
            self._box.close()
            self._box = None

    delete = cleanup

    def __enter__(self) -> BelljarPythonExecutor:
        return self

    def __exit__(self, *error: object) -> None:
        self.cleanup()


class BelljarCodeAgent(CodeAgent):  # type: ignore[misc]
    """A CodeAgent whose code runs in a sandbox; ``executor_kwargs`` are those of the executor."""

    def create_python_executor(self) -> PythonExecutor:
        options = {"max_print_outputs_length": self.max_print_outputs_length} | self.executor_kwargs
        return BelljarPythonExecutor(self.additional_authorized_imports, **options)


# ---------------------------------------------------------------------- tools as JSON Schema

_TYPES = {"string": "string", "boolean": "boolean", "integer": "integer", "number": "number"}


def _description_of(tool: typing.Any) -> str:
    told = getattr(tool, "description", None)
    return told if isinstance(told, str) else ""


def _schema_of(tool: typing.Any) -> dict[str, typing.Any]:
    """Of smolagents' `inputs`. Lists, objects and pictures may be handles or tagged values: they are not looked into."""
    inputs = getattr(tool, "inputs", None)
    if not isinstance(inputs, dict):
        return _tools.schema_of(tool)
    properties = {name: _input_schema(declared) for name, declared in inputs.items()}
    required = [name for name, declared in inputs.items() if not declared.get("nullable")]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _input_schema(declared: Mapping[str, typing.Any]) -> dict[str, typing.Any]:
    schema: dict[str, typing.Any] = {"description": declared.get("description", "")}
    named = declared.get("type", "any")
    kinds = [_TYPES.get(kind) for kind in ([named] if isinstance(named, str) else named)]
    if all(kinds):
        schema["type"] = [*kinds, "null"] if declared.get("nullable") else kinds
    return schema


def _bound(run: Callable[..., typing.Any], tool: typing.Any) -> Callable[..., typing.Any]:
    def call(**arguments: typing.Any) -> typing.Any:
        return run(tool, arguments)

    return call


# ---------------------------------------------------------------------- the agent's code, read and never run here


def _parse(code: str) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # the guest's Python is another one


def _assigned(code: str) -> str | None:
    """The name that the last statement assigns to."""
    body = _parse(code)
    target: ast.expr | None = None
    if body and isinstance(body[-1], ast.Assign):
        target = body[-1].targets[-1]
    elif body and isinstance(body[-1], (ast.AugAssign, ast.AnnAssign)):
        target = body[-1].target
    return target.id if isinstance(target, ast.Name) else None


def _statement_at(code: str, traceback: str) -> str:
    lines = re.findall(r'File "<eval \d+>", line (\d+), in <module>', traceback)
    number = int(lines[-1]) if lines else 1
    for statement in _parse(code):
        if statement.lineno <= number <= (statement.end_lineno or statement.lineno):
            return ast.get_source_segment(code, statement) or ""
    return "\n".join(code.splitlines()[number - 1 : number])
