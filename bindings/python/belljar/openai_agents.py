"""A sandbox as a function tool of the OpenAI Agents SDK.

    from belljar.openai_agents import python_tool
    agent = Agent(name="analyst", tools=[python_tool(policy=Policy(timeout=10))])
"""

from __future__ import annotations

import base64
import typing

from agents import FunctionTool, ToolOutputImage, ToolOutputText, function_tool

from ._adapter import DESCRIPTION, Reply, Session
from .sandbox import Sandbox


def _output(reply: Reply) -> typing.Any:
    """Text; with pictures, a list of what the Responses API takes."""
    if not reply.pictures:
        return reply.text
    urls = (f"data:{mime};base64,{base64.b64encode(data).decode()}" for mime, data in reply.pictures)
    return [ToolOutputText(text=reply.text), *(ToolOutputImage(image_url=url) for url in urls)]


def python_tool(
    box: Sandbox | None = None, *, name: str = "python", description: str = DESCRIPTION, **options: typing.Any
) -> FunctionTool:
    """A tool that runs Python in `box`, or in a sandbox of its own that is made with the options of :class:`belljar.Sandbox`."""
    session = Session(box, **options)

    async def run(code: str) -> typing.Any:
        return _output(await session.aask(code))

    made: FunctionTool = function_tool(run, name_override=name, description_override=description)
    return made
