"""A command line: subcommands, help, errors, a small store in a file."""
import argparse
import contextlib
import io
import json
import shlex
import sys
from pathlib import Path

STORE = Path("todo.json")


def load():
    return json.loads(STORE.read_text()) if STORE.exists() else []


def add(args):
    items = load()
    items.append({"text": " ".join(args.text), "priority": args.priority, "done": False, "tags": args.tag or []})
    STORE.write_text(json.dumps(items))
    print("added", len(items))


def show(args):
    for number, item in enumerate(load(), 1):
        if args.all or not item["done"]:
            mark = "x" if item["done"] else " "
            print(f"[{mark}] {number}. {item['text']} (p{item['priority']})" + "".join(f" #{t}" for t in item["tags"]))


def done(args):
    items = load()
    for number in args.number:
        if not 1 <= number <= len(items):
            raise SystemExit(f"todo: there is no item {number}")
        items[number - 1]["done"] = True
    STORE.write_text(json.dumps(items))


def build():
    parser = argparse.ArgumentParser("todo", description="Keeps a list of things to do.", epilog="Have fun.")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more (may be repeated)")
    parser.add_argument("--version", action="version", version="%(prog)s 1.0")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    p = commands.add_parser("add", help="add an item")
    p.add_argument("text", nargs="+")
    p.add_argument("-p", "--priority", type=int, choices=range(1, 4), default=2, help="1 to 3 (default: %(default)s)")
    p.add_argument("--tag", action="append", metavar="NAME")
    p.set_defaults(run=add)
    p = commands.add_parser("list", aliases=["ls"], help="show items")
    p.add_argument("--all", action=argparse.BooleanOptionalAction, default=False)
    p.set_defaults(run=show)
    p = commands.add_parser("done", help="mark items")
    p.add_argument("number", type=int, nargs="+")
    p.set_defaults(run=done)
    return parser


for line in [
    "add write the report -p 1 --tag work --tag urgent", "add 'buy milk'", "ls", "done 2", "ls", "list --all", "done 9",
    "add x -p 7", "done two", "", "frobnicate", "--version", "-vv ls", "add --help", "--help",
]:
    print("$ todo", line)
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            args = build().parse_args(shlex.split(line))
            args.run(args)
            if args.verbose:
                print("verbose", args.verbose)
    except SystemExit as stop:
        if stop.code:
            print("->", stop.code)
    sys.stdout.write(errors.getvalue())
