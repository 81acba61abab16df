"""A sandbox as a tool of LangChain and LangGraph.

    from belljar.langchain import python_tool
    agent = create_agent(model, tools=[python_tool(policy=Policy(timeout=10))])
"""

from __future__ import annotations

import typing

from langchain_core.tools import BaseTool, StructuredTool

from ._adapter import DESCRIPTION, Session
from .sandbox import Sandbox


def python_tool(box: Sandbox | None = None, *, name: str = "python", description: str = DESCRIPTION, **options: typing.Any) -> BaseTool:
    """A tool that runs Python in `box`, or in a sandbox of its own that is made with the options of :class:`belljar.Sandbox`."""
    session = Session(box, **options)

    def run(code: str) -> str:
        return session.run(code)

    async def arun(code: str) -> str:
        return await session.arun(code)

    return StructuredTool.from_function(func=run, coroutine=arun, name=name, description=description)
