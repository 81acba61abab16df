"""A sandbox as a function tool of the OpenAI Agents SDK.

    from belljar.openai_agents import python_tool
    agent = Agent(name="analyst", tools=[python_tool(policy=Policy(timeout=10))])
"""

from __future__ import annotations

import typing

from agents import FunctionTool, function_tool

from ._adapter import DESCRIPTION, Session
from .sandbox import Sandbox


def python_tool(
    box: Sandbox | None = None, *, name: str = "python", description: str = DESCRIPTION, **options: typing.Any
) -> FunctionTool:
    """A tool that runs Python in `box`, or in a sandbox of its own that is made with the options of :class:`belljar.Sandbox`."""
    session = Session(box, **options)

    async def run(code: str) -> str:
        return await session.arun(code)

    made: FunctionTool = function_tool(run, name_override=name, description_override=description)
    return made
