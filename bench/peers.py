"""What a peer takes, in nanoseconds: bench/sessions starts this with the Python of bench/peers.sh.

    peers.py PEER MEASURE COUNT     eryx: fresh, session; monty: fresh, session

Prints one JSON list. A result that is wrong ends it.
"""

import json
import sys
import time

WARM_UP = 3


def times(function, count):
    for _ in range(WARM_UP):
        function()
    found = []
    for _ in range(count):
        began = time.perf_counter_ns()
        function()
        found.append(time.perf_counter_ns() - began)
    return found


def eryx_fresh(count):
    import eryx

    def run():
        result = eryx.Sandbox().execute("print(1+1)")
        assert result.stdout.strip() == b"2", result.stdout

    return times(run, count)


def eryx_session(count):
    import eryx

    session = eryx.Session()
    session.execute("x = 0")
    found = times(lambda: session.execute("x += 1"), count)
    result = session.execute("print(x)")
    assert result.stdout.strip() == b"%d" % (count + WARM_UP), result.stdout
    return found


def monty_fresh(count):
    import pydantic_monty

    with pydantic_monty.Monty() as monty:

        def run():
            with monty.checkout() as session:
                assert session.feed_run("1+1") == 2

        return times(run, count)


def monty_session(count):
    import pydantic_monty

    with pydantic_monty.Monty() as monty, monty.checkout() as session:
        session.feed_run("x = 0")
        found = times(lambda: session.feed_run("x += 1"), count)
        assert session.feed_run("x") == count + WARM_UP
        return found


def main():
    peer, measure, count = sys.argv[1:]
    print(json.dumps(globals()[f"{peer}_{measure}"](int(count))))


main()
