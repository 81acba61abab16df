# Memory that runs out is MemoryError, however it runs out, and the interpreter goes on. Wants a policy
# that limits memory (256 MiB or so): without one this would only be slow.
import sys


def long_bytes():
    return bytes((1 << 31) - 100)


def many_bytes():
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def long_list():
    return [0] * (1 << 30)


def growing_list():
    kept = []
    while True:
        kept.append(kept)


def growing_text():
    text = "x"
    while True:
        text += text


def many_objects():
    kept = None
    while True:
        kept = (kept, object())


def growing_dict():
    kept = {}
    while True:
        kept[len(kept)] = str(len(kept))


def endless_call():
    def call():
        return call()

    sys.setrecursionlimit(2**31 - 1)
    try:
        call()
    finally:
        sys.setrecursionlimit(1000)



for case in (long_bytes, many_bytes, long_list, growing_list, growing_text, many_objects, growing_dict,
             endless_call):
    try:
        case()
    except MemoryError:
        pass
    else:
        raise AssertionError(case.__name__)
assert sum([1] * 1000) == 1000
print("ok")
