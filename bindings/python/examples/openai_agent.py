"""An agent of the OpenAI Agents SDK with a sandbox as its tool; a script stands in for the model, so that it runs offline.

    pip install openai-agents && python openai_agent.py
"""

import json

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from belljar import Policy
from belljar.openai_agents import python_tool


class Script(Model):
    async def get_response(self, system_instructions, input, *args, **options):
        answers = [item["output"] for item in input if isinstance(item, dict) and item.get("type") == "function_call_output"]
        if answers:
            text = ResponseOutputText(text=f"It is {answers[-1]}.", type="output_text", annotations=[])
            said = ResponseOutputMessage(id="1", content=[text], role="assistant", status="completed", type="message")
        else:
            code = json.dumps({"code": "sum(n * n for n in range(10))"})
            said = ResponseFunctionToolCall(name="python", arguments=code, call_id="1", type="function_call")
        return ModelResponse(output=[said], usage=Usage(), response_id=None)

    def stream_response(self, *args, **options):
        raise NotImplementedError


set_tracing_disabled(True)
agent = Agent(name="analyst", model=Script(), tools=[python_tool(policy=Policy(timeout=10, memory="256M"))])
print(Runner.run_sync(agent, "The sum of the first squares?").final_output)
