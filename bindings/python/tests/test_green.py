"""gevent and eventlet, which put their own in the place of threads, locks and sleep."""

import pytest

PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import warnings; warnings.simplefilter('ignore'); import eventlet; eventlet.monkey_patch()",
}

SOURCE = """
import asyncio, threading, time, belljar
from belljar import Policy, Sandbox, tool
@tool
def plus(x: int) -> int: return x + 1
@tool
async def later(x: int) -> int:
    await asyncio.sleep(0.01)
    return x + 1
@tool
def sleepy(x: int) -> int:
    time.sleep(0.01)
    return x + 1
@tool
def nested(x: int) -> int:
    return belljar.run("tools.plus(x=41)", tools=[plus]).value
@tool
def never(x: int) -> int:
    time.sleep(60)
with Sandbox(tools=[plus, later, sleepy, nested]) as box:
    print([box.eval(f"tools.{name}(x=41)").value for name in ("plus", "later", "sleepy", "nested")])
    print([r.value for r in belljar.map(["tools.plus(x=1)"] * 3, workers=2, tools=[plus])])
def work(): told.append(belljar.run("tools.plus(x=41)", tools=[plus]).value)
told = []
green = [threading.Thread(target=work) for _ in range(4)]
for each in green: each.start()
for each in green: each.join()
print(told)
with Sandbox(tools=[later]) as box:
    for _ in range(3):
        time.sleep(0.2)  # the loop for async tools has nothing to do meanwhile
        print(box.eval("tools.later(x=41)").value)
print(belljar.run("tools.never(x=1)", tools=[never], policy=Policy(timeout=0.2)).limit.name)
"""


@pytest.mark.parametrize("library", PATCHES)
@pytest.mark.parametrize("order", ["patched before", "patched after"])
def test_tools_are_served(program, library, order):
    pytest.importorskip(library)
    patch = PATCHES[library]
    ended = program(f"{patch}\n{SOURCE}" if order == "patched before" else f"import belljar\n{patch}\n{SOURCE}")
    assert ended.stdout == "[42, 42, 42, 42]\n[2, 2, 2]\n[42, 42, 42, 42]\n42\n42\n42\ntimeout\n", ended
