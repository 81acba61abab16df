"""A sandbox as a toolset of Pydantic AI.

    from belljar.pydantic_ai import python_toolset
    agent = Agent(model, toolsets=[python_toolset(policy=Policy(timeout=10))])
"""

from __future__ import annotations

import typing

from pydantic_ai.messages import BinaryContent
from pydantic_ai.toolsets import FunctionToolset

from ._adapter import DESCRIPTION, Session
from .sandbox import Sandbox


def python_toolset(
    box: Sandbox | None = None, *, name: str = "python", description: str = DESCRIPTION, **options: typing.Any
) -> FunctionToolset[typing.Any]:
    """A toolset of one tool, which runs Python in `box`, or in a sandbox of its own that is made with the options of
    :class:`belljar.Sandbox`."""
    session = Session(box, **options)
    toolset: FunctionToolset[typing.Any] = FunctionToolset()

    async def run(code: str) -> typing.Any:
        reply = await session.aask(code)
        return [reply.text, *(BinaryContent(data, media_type=mime) for mime, data in reply.pictures)] if reply.pictures else reply.text

    toolset.add_function(run, name=name, description=description)
    return toolset
