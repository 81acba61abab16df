"""An agent of LangChain with a sandbox as its tool; a script stands in for the model, so that it runs offline.

    pip install langchain && python langchain_agent.py
"""

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from belljar import Policy
from belljar.langchain import python_tool


class Script(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self


call = {"name": "python", "args": {"code": "sum(n * n for n in range(10))"}, "id": "1"}
model = Script(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("It is what the tool says.")]))
agent = create_agent(model, tools=[python_tool(policy=Policy(timeout=10, memory="256M"))])
for message in agent.invoke({"messages": [("user", "The sum of the first squares?")]})["messages"]:
    print(f"{message.type}: {message.text or message.tool_calls}")
