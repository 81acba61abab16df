"""A deep agent whose files and Python live in a sandbox; a script stands in for the model, so that it runs offline.

    pip install deepagents && python deep_agent.py
"""

from deepagents import create_deep_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from belljar import Policy
from belljar.deepagents import PROMPT, BelljarBackend


class Script(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self


def call(name, **arguments):
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": name}])


program = "import sys\nprint(sum(n * n for n in range(int(sys.argv[1]))))\n"
model = Script(
    messages=iter(
        [
            call("write_file", file_path="/work/squares.py", content=program),
            call("execute", command="cd /work && python3 squares.py 10"),
            AIMessage("It is what the program says."),
        ]
    )
)
with BelljarBackend(policy=Policy(timeout=10, memory="256M")) as backend:
    agent = create_deep_agent(model, backend=backend, system_prompt=PROMPT)
    for message in agent.invoke({"messages": [("user", "The sum of the first squares?")]})["messages"]:
        print(f"{message.type}: {message.text or message.tool_calls}")
