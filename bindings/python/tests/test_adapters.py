"""Adapters with the real frameworks, and a script in place of a model."""

import asyncio
import base64
import json
import pathlib
import subprocess
import sys

import pytest

import belljar
from belljar._adapter import Session

STEPS = ["x = 20\nprint('seen')", "1 / 0", "while True: pass", "open('a.txt', 'w').write('hi')", "x + 1"]


def check(told):
    """What each of the steps told the model."""
    assert told[0] == "seen"
    assert told[1].endswith("ZeroDivisionError: division by zero")
    assert "the limit timeout" in told[2] and "as they were before" in told[2]
    assert "created /work/a.txt" in told[3]
    assert told[4] == "21"


POLICY = belljar.Policy(timeout=0.5)


def test_the_session_behind_them():
    session = Session(policy=POLICY)
    check([session.run(step) for step in STEPS])
    assert session.run("print('x' * 100000)").count("x") <= 20_100
    assert session.run("pass") == "(no output)"
    assert "exit code 3" in session.run("raise SystemExit(3)")

    async def several():
        return await asyncio.gather(*(session.arun(f"x + {n}") for n in range(5)))

    assert asyncio.run(several()) == [str(20 + n) for n in range(5)]


def test_langchain():
    pytest.importorskip("langchain_core")
    from langchain_core.messages import ToolCall

    from belljar.langchain import python_tool

    made = python_tool(policy=POLICY)
    assert made.args["code"]["type"] == "string" and "sandbox" in made.description
    check([made.invoke(ToolCall(name="python", args={"code": step}, id="1", type="tool_call")).content for step in STEPS])
    assert asyncio.run(made.ainvoke({"code": "x"})) == "20"


def test_langgraph():
    pytest.importorskip("langchain")
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, ToolMessage

    from belljar.langchain import python_tool

    class Scripted(GenericFakeChatModel):
        def bind_tools(self, tools, **options):
            return self

    lines = [AIMessage("", tool_calls=[{"name": "python", "args": {"code": step}, "id": str(n)}]) for n, step in enumerate(STEPS)]
    agent = create_agent(Scripted(messages=iter([*lines, AIMessage("done")])), tools=[python_tool(policy=POLICY)])
    ended = agent.invoke({"messages": [("user", "go")]})
    check([message.content for message in ended["messages"] if isinstance(message, ToolMessage)])
    assert ended["messages"][-1].content == "done"


def test_openai_agents():
    pytest.importorskip("agents")
    from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    from belljar.openai_agents import python_tool

    class Scripted(Model):
        def __init__(self):
            self.steps = list(enumerate(STEPS))
            self.told = []

        async def get_response(self, system_instructions, input, *args, **kwargs):
            self.told = [item["output"] for item in input if isinstance(item, dict) and item.get("type") == "function_call_output"]
            if not self.steps:
                text = ResponseOutputText(text="done", type="output_text", annotations=[])
                said = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
                return ModelResponse(output=[said], usage=Usage(), response_id=None)
            number, code = self.steps.pop(0)
            call = ResponseFunctionToolCall(name="python", arguments=json.dumps({"code": code}), call_id=str(number), type="function_call")
            return ModelResponse(output=[call], usage=Usage(), response_id=None)

        def stream_response(self, *args, **kwargs):
            raise NotImplementedError

    set_tracing_disabled(True)
    model = Scripted()
    ended = Runner.run_sync(Agent(name="a", model=model, tools=[python_tool(policy=POLICY)]), "go")
    assert ended.final_output == "done"
    check(model.told)


def test_pydantic_ai():
    pytest.importorskip("pydantic_ai")
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    from belljar.pydantic_ai import python_toolset

    told = []

    def script(messages, info):
        told[:] = [part.content for m in messages for part in m.parts if isinstance(part, ToolReturnPart)]
        if len(told) == len(STEPS):
            return ModelResponse(parts=[TextPart("done")])
        return ModelResponse(parts=[ToolCallPart("python", {"code": STEPS[len(told)]})])

    agent = Agent(FunctionModel(script), toolsets=[python_toolset(policy=POLICY)])
    assert agent.run_sync("go").output == "done"
    check(told)


# ---------------------------------------------------------------------- pictures

# A program that shows a PNG of 2×1, and one that is none.
PICTURE = """
import struct, zlib
def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
header = struct.pack('>IIBBBBB', 2, 1, 8, 0, 0, 0, 0)
png = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(b'\\0\\0\\xff')) + chunk(b'IEND', b'')
print('drawn')
display({'image/png': png}, raw=True)
display({'image/png': png[:-8]}, raw=True)
"""
TOLD = "drawn\n[image/png, 2×1, 68 bytes]\n[image/png, 2×1, 60 bytes]"


def is_picture(encoded):
    return base64.b64decode(encoded)[:8] == b"\x89PNG\r\n\x1a\n" and len(base64.b64decode(encoded)) == 68


def test_pictures_of_a_session():
    session = Session(policy=POLICY)
    reply = session.ask(PICTURE)
    assert reply.text == TOLD and [(mime, len(data)) for mime, data in reply.pictures] == [("image/png", 68)]
    assert len(session.ask("for i in range(30): display({'image/png': png}, raw=True)").pictures) == 8
    many = session.run("for i in range(300): display(i)")
    assert "(200 more displays were left out)" in many
    assert session.run("class T:\n  def _repr_html_(self): return '<b>'\n  def __repr__(self): return 'once'\nT()") == "once"


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 100),
        ("image/png", b""),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/gif", b"GIF8"),
        ("image/webp", b"RIFF\0\0\0\0WEBP...."),
    ],
)
def test_what_is_no_picture_is_not_sent(mime, data):
    reply = Session(policy=POLICY).ask(f"display({{{mime!r}: {data!r}}}, raw=True)")
    assert reply.pictures == [] and reply.text.startswith(f"[{mime}")


def test_pictures_in_langchain():
    pytest.importorskip("langchain_core")
    from langchain_core.messages import ToolCall

    from belljar.langchain import python_tool

    call = ToolCall(name="python", args={"code": PICTURE}, id="1", type="tool_call")
    message = python_tool(policy=POLICY).invoke(call)
    text, image = message.content_blocks
    assert text["text"] == TOLD and image["type"] == "image" and image["mime_type"] == "image/png" and is_picture(image["base64"])


def test_pictures_in_openai_agents():
    pytest.importorskip("agents")
    from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    from belljar.openai_agents import python_tool

    class Scripted(Model):
        async def get_response(self, system_instructions, input, *args, **kwargs):
            self.told = [item["output"] for item in input if isinstance(item, dict) and item.get("type") == "function_call_output"]
            if self.told:
                text = ResponseOutputText(text="done", type="output_text", annotations=[])
                said = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
                return ModelResponse(output=[said], usage=Usage(), response_id=None)
            call = ResponseFunctionToolCall(name="python", arguments=json.dumps({"code": PICTURE}), call_id="1", type="function_call")
            return ModelResponse(output=[call], usage=Usage(), response_id=None)

        def stream_response(self, *args, **kwargs):
            raise NotImplementedError

    set_tracing_disabled(True)
    model = Scripted()
    Runner.run_sync(Agent(name="a", model=model, tools=[python_tool(policy=POLICY)]), "go")
    text, image = model.told[0]
    assert (text["type"], text["text"]) == ("input_text", TOLD)
    assert image["type"] == "input_image" and is_picture(image["image_url"].removeprefix("data:image/png;base64,"))


def test_pictures_in_pydantic_ai():
    pytest.importorskip("pydantic_ai")
    from pydantic_ai import Agent, BinaryContent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    from belljar.pydantic_ai import python_toolset

    told = []

    def script(messages, info):
        told[:] = [part for m in messages for part in m.parts if isinstance(part, ToolReturnPart)]
        return ModelResponse(parts=[TextPart("done")] if told else [ToolCallPart("python", {"code": PICTURE})])

    assert Agent(FunctionModel(script), toolsets=[python_toolset(policy=POLICY)]).run_sync("go").output == "done"
    text, image = told[0].content
    assert text == TOLD and isinstance(image, BinaryContent) and image.media_type == "image/png" and len(image.data) == 68
    assert told[0].files == [image]


def test_pictures_as_text_in_smolagents():
    pytest.importorskip("smolagents")
    from belljar.smolagents import BelljarPythonExecutor

    with BelljarPythonExecutor(["struct", "zlib"]) as run:
        assert run(PICTURE).logs == TOLD


EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(
    ("name", "needs", "says"),
    [
        ("smolagents_agent", "smolagents", "42"),
        ("langchain_agent", "langchain", "tool: 285"),
        ("openai_agent", "agents", "It is 285."),
        ("pydantic_ai_agent", "pydantic_ai", "It is 285."),
        ("deep_agent", "deepagents", "tool: 285"),
    ],
)
def test_examples(name, needs, says, tmp_path):
    pytest.importorskip(needs)
    done = subprocess.run([sys.executable, EXAMPLES / f"{name}.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and says in done.stdout, done
