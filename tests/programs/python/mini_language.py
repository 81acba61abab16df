"""A small language: tokenizer, Pratt parser, interpreter with closures, errors with positions."""
import operator
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

TOKENS = re.compile(r"\s*(?:(?P<number>\d+\.?\d*)|(?P<string>'[^']*')|(?P<name>[A-Za-z_]\w*)|(?P<op>=>|==|!=|<=|>=|[-+*/%<>=(){},;!]))|\s*$")
BINARY = {"==": 1, "!=": 1, "<": 2, ">": 2, "<=": 2, ">=": 2, "+": 3, "-": 3, "*": 4, "/": 4, "%": 4}
APPLY = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
         "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod}


class Token(NamedTuple):
    kind: str
    text: str
    at: int


class Trouble(Exception):
    pass


def tokenize(source):
    at = 0
    while at < len(source):
        match = TOKENS.match(source, at)
        if not match:
            raise Trouble(f"unexpected {source[at:at + 5].strip()!r} at {at}")
        if match.lastgroup:
            yield Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        at = match.end()
    yield Token("end", "", at)


@dataclass
class Function:
    names: list
    body: Any
    scope: dict


class Parser:
    def __init__(self, source):
        self.tokens = list(tokenize(source))
        self.position = 0

    @property
    def next(self):
        return self.tokens[self.position]

    def take(self, text=None):
        token = self.next
        if text is not None and token.text != text:
            raise Trouble(f"expected {text!r}, not {token.text!r}, at {token.at}")
        self.position += 1
        return token

    def program(self):
        statements = []
        while self.next.kind != "end":
            statements.append(self.statement())
            if self.next.text == ";":
                self.take()
        return ("block", statements)

    def statement(self):
        if self.next.text == "let":
            self.take()
            name = self.take().text
            self.take("=")
            return ("let", name, self.expression())
        return self.expression()

    def expression(self, least=0):
        left = self.prefix()
        while True:
            if self.next.text == "(":
                self.take()
                left = ("call", left, self.arguments())
            elif BINARY.get(self.next.text, 0) > least:
                op = self.take().text
                left = (op, left, self.expression(BINARY[op]))
            else:
                return left

    def arguments(self):
        values = []
        while self.next.text != ")":
            values.append(self.expression())
            if self.next.text == ",":
                self.take()
        self.take(")")
        return values

    def prefix(self):
        match self.take():
            case Token("number", text):
                return ("value", float(text) if "." in text else int(text))
            case Token("string", text):
                return ("value", text[1:-1])
            case Token("name", "if"):
                condition, then = self.expression(), self.expression()
                other = ("value", None)
                if self.next.text == "else":
                    self.take()
                    other = self.expression()
                return ("if", condition, then, other)
            case Token("name", "fn"):
                self.take("(")
                names = [name for _, name in self.arguments()]
                self.take("=>")
                return ("fn", names, self.expression())
            case Token("name", text):
                return ("name", text)
            case Token("op", "("):
                inner = self.expression()
                self.take(")")
                return inner
            case Token("op", "-"):
                return ("-", ("value", 0), self.expression(4))
            case token:
                raise Trouble(f"unexpected {token.text or 'end'!r} at {token.at}")


def evaluate(node, scope):
    match node:
        case ("value", value):
            return value
        case ("name", name):
            while scope is not None:
                if name in scope:
                    return scope[name]
                scope = scope.get("..")
            raise Trouble(f"{name} is not defined")
        case ("block", statements):
            value = None
            for statement in statements:
                value = evaluate(statement, scope)
            return value
        case ("let", name, value):
            scope[name] = evaluate(value, scope)
            return scope[name]
        case ("if", condition, then, other):
            return evaluate(then if evaluate(condition, scope) else other, scope)
        case ("fn", names, body):
            return Function(names, body, scope)
        case ("call", callee, arguments):
            function, values = evaluate(callee, scope), [evaluate(a, scope) for a in arguments]
            if callable(function):
                return function(*values)
            if len(values) != len(function.names):
                raise Trouble(f"wanted {len(function.names)} arguments, got {len(values)}")
            return evaluate(function.body, {**dict(zip(function.names, values)), "..": function.scope})
        case (op, left, right):
            return APPLY[op](evaluate(left, scope), evaluate(right, scope))


for source in [
    "1 + 2 * 3 - 4 / 2", "(1 + 2) * -3 % 5", "let fib = fn(n) => if n < 2 n else fib(n - 1) + fib(n - 2); fib(15)",
    "let add = fn(a) => fn(b) => a + b; add(2)(40)", "'ab' * 3 + 'c' == 'abababc'", "let f = fn(x) => y; f(1)", "1 +", "2 $ 3",
    "let x = fn(a, b) => a; x(1)", "1 / 0", "print('hi', max(3, 9))", "let down = fn(n) => if n == 0 'done' else down(n - 1); down(200)",
]:
    try:
        print(source, "=>", repr(evaluate(Parser(source).program(), {"print": print, "max": max})))
    except (Trouble, ZeroDivisionError, TypeError) as error:
        print(source, "=>", type(error).__name__, error)
