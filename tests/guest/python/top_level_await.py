# `await` outside functions, as in every source that is evaluated: a coroutine of its own, run by the sandbox's event loop.
import asyncio
import contextvars
import inspect
import traceback


async def f(x=5):
    await asyncio.sleep(0.001)
    return x


class Block:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return "inside"

    async def __aexit__(self, *error):
        self.left = True


async def count(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


assert await f() == 5
assert [await f(n) for n in range(3)] == [0, 1, 2]
assert [n async for n in count(3)] == [0, 1, 2] and {n: n async for n in count(2)} == {0: 0, 1: 1}
seen = []
async for n in count(3):
    seen.append(n)
assert seen == [0, 1, 2]
block = Block()
async with block as word:
    assert word == "inside"
assert block.left
assert await asyncio.gather(f(1), f(2)) == [1, 2]
assert asyncio.get_running_loop() is asyncio.get_event_loop()
task = asyncio.create_task(f("later"))
assert await task == "later"
try:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(10)
except TimeoutError:
    seen = None
assert seen is None


async def fail():
    await asyncio.sleep(0)
    raise KeyError("gone")


try:
    await fail()
except KeyError:
    shown = traceback.format_exc()
assert "in <module>\n    await fail()" in shown and "in fail\n" in shown, shown

# Not where it may not stand, and not in what a program compiles itself without asking for it.
for source in ("def g():\n    await f()", "lambda: await f()", "class C:\n    await f()", "await f()", "[x async for x in y]"):
    try:
        compile(source, "there", "exec")
    except SyntaxError:
        pass
    else:
        raise AssertionError(source)
again = f()
try:
    asyncio.run(again)
except RuntimeError as error:
    assert "running event loop" in str(error)
else:
    raise AssertionError("a loop ran inside a loop")
assert await again == 5
import ast
code = compile("x = await f(7)", "there", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
assert code.co_flags & inspect.CO_COROUTINE
await eval(code)
assert x == 7
print("ok")
