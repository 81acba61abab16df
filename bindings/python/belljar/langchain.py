"""A sandbox as a tool of LangChain and LangGraph.

    from belljar.langchain import python_tool
    agent = create_agent(model, tools=[python_tool(policy=Policy(timeout=10))])
"""

from __future__ import annotations

import base64
import typing

from langchain_core.messages.content import create_image_block, create_text_block
from langchain_core.tools import BaseTool, StructuredTool

from ._adapter import DESCRIPTION, Reply, Session
from .sandbox import Sandbox


Content = typing.Union[str, "list[typing.Any]"]


def _content(reply: Reply) -> Content:
    """Text; with pictures, the standard content blocks."""
    if not reply.pictures:
        return reply.text
    pictures = [create_image_block(base64=base64.b64encode(data).decode(), mime_type=mime) for mime, data in reply.pictures]
    return [create_text_block(reply.text), *pictures]


def python_tool(box: Sandbox | None = None, *, name: str = "python", description: str = DESCRIPTION, **options: typing.Any) -> BaseTool:
    """A tool that runs Python in `box`, or in a sandbox of its own that is made with the options of :class:`belljar.Sandbox`."""
    session = Session(box, **options)

    def run(code: str) -> Content:
        return _content(session.ask(code))

    async def arun(code: str) -> Content:
        return _content(await session.aask(code))

    return StructuredTool.from_function(func=run, coroutine=arun, name=name, description=description)
