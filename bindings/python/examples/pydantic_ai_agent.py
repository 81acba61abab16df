"""An agent of Pydantic AI with a sandbox as its toolset; a script stands in for the model, so that it runs offline.

    pip install pydantic-ai-slim && python pydantic_ai_agent.py
"""

from pydantic_ai import Agent
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

from belljar import Policy
from belljar.pydantic_ai import python_toolset


def script(messages, info):
    answers = [part.content for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    if answers:
        return ModelResponse(parts=[TextPart(f"It is {answers[-1]}.")])
    return ModelResponse(parts=[ToolCallPart("python", {"code": "sum(n * n for n in range(10))"})])


agent = Agent(FunctionModel(script), toolsets=[python_toolset(policy=Policy(timeout=10, memory="256M"))])
print(agent.run_sync("The sum of the first squares?").output)
