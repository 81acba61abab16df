"""An agent of smolagents whose code runs in a sandbox; a script stands in for the model, so that it runs offline.

    pip install smolagents && python smolagents_agent.py
"""

from smolagents import CodeAgent, tool
from smolagents.models import ChatMessage, MessageRole, Model

from belljar.smolagents import BelljarPythonExecutor


class Script(Model):
    steps = iter(["price = lookup('glass')\nprint(price)", "final_answer(price * 3)"])

    def generate(self, messages, **options):
        return ChatMessage(role=MessageRole.ASSISTANT, content=f"Thought: next.\n<code>\n{next(self.steps)}\n</code>")


@tool
def lookup(name: str) -> int:
    """Finds a price.

    Args:
        name: of the thing
    """
    return {"glass": 14}[name]  # runs here, with whatever it needs; the agent sees the number


agent = CodeAgent(tools=[lookup], model=Script(), executor=BelljarPythonExecutor(timeout_seconds=10, memory="256M"), verbosity_level=0)
print(agent.run("What do three glasses cost?"))
