"""Classes: protocols, generics, descriptors, metaclasses, dispatch, context managers, pickles, tracebacks."""
import abc
import contextlib
import copy
import functools
import inspect
import pickle
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from typing import Generic, Protocol, Self, TypeVar, get_type_hints, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Shape(Protocol):
    def area(self) -> float: ...


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(f"{self.name[1:]} must be positive, not {value}")
        setattr(instance, self.name, value)


class Registry(type):
    known: dict[str, type] = {}

    def __new__(mcs, name, bases, space, **options):
        cls = super().__new__(mcs, name, bases, space)
        mcs.known[options.get("key", name.lower())] = cls
        return cls

    def __init__(cls, name, bases, space, **options):
        super().__init__(name, bases, space)


class Rectangle(metaclass=Registry, key="rect"):
    width, height = Positive(), Positive()
    __match_args__ = ("width", "height")

    def __init__(self, width, height):
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height

    @functools.cached_property
    def diagonal(self):
        print("computing")
        return (self.width**2 + self.height**2) ** 0.5

    def __eq__(self, other):
        return isinstance(other, Rectangle) and (self.width, self.height) == (other.width, other.height)

    def __repr__(self):
        return f"{type(self).__name__}({self.width}, {self.height})"


class Square(Rectangle, key="square"):
    def __init__(self, side):
        super().__init__(side, side)


class Stack(Generic[T]):
    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> Self:
        self.items.append(item)
        return self

    def __iter__(self) -> Iterator[T]:
        return reversed(self.items)

    def __len__(self):
        return len(self.items)

    def __class_getitem__(cls, item):
        return super().__class_getitem__(item)


class Folded(MutableMapping):
    def __init__(self, *args, **kwargs):
        self.store = {}
        self.update(*args, **kwargs)

    def __getitem__(self, key):
        return self.store[key.casefold()]

    def __setitem__(self, key, value):
        self.store[key.casefold()] = value

    def __delitem__(self, key):
        del self.store[key.casefold()]

    def __iter__(self):
        return iter(self.store)

    def __len__(self):
        return len(self.store)


@functools.singledispatch
def show(value):
    return f"? {value}"


@show.register
def _(value: int | float):
    return f"number {value}"


@show.register(list)
def _(value):
    return [show(v) for v in value]


def retry(times: int) -> Callable:
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, attempt=attempt, **kwargs)
                except OSError as error:
                    if attempt == times:
                        raise RuntimeError(f"{function.__name__} failed {times} times") from error
        return wrapper
    return decorate


@retry(3)
def flaky(limit, *, attempt):
    """Fails until it does not."""
    if attempt < limit:
        raise OSError(f"attempt {attempt}")
    return attempt


class Abstract(abc.ABC):
    @property
    @abc.abstractmethod
    def name(self): ...


@contextlib.contextmanager
def tag(name):
    print(f"<{name}>", end="")
    try:
        yield
    except KeyError as error:
        print(f"[{error}]", end="")
    finally:
        print(f"</{name}>")


shapes = [Registry.known["rect"](2, 3), Registry.known["square"](4)]
print(shapes, [s.area() for s in shapes], isinstance(shapes[0], Shape), isinstance(3, Shape), sorted(Registry.known))
print(shapes[0].diagonal, shapes[0].diagonal, Square(2) == Rectangle(2, 2), Square.__mro__[1].__name__)
for attempt in (lambda: Rectangle(-1, 2), lambda: Abstract(), lambda: flaky(9), lambda: hash(shapes[0]), lambda: Stack().missing, lambda: len(5), lambda: flaky()):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, error, "<-", repr(error.__cause__))
print(list(Stack[int]().push(1).push(2)), bool(Stack()), Folded(A=1, b=2)["a"], "B" in Folded(b=1), hasattr(Folded, "__or__"))
print(show(3), show([1, "a", [2.5]]), flaky(2), flaky.__name__, flaky.__doc__, inspect.signature(retry), get_type_hints(Stack.push)["return"])
with tag("a"), tag("b"):
    raise KeyError("inner")
match shapes[0]:
    case Rectangle(w, h) if w == h:
        print("square")
    case Rectangle(width=2, height=h):
        print("two by", h)
again = pickle.loads(pickle.dumps(shapes))
print(again == shapes, copy.deepcopy(shapes)[1] is shapes[1], pickle.loads(pickle.dumps({1, 2} | {3}, protocol=2)))
gone = weakref.ref(Stack())
print(gone() is None, sys.getsizeof([]) > 0)


def outer():
    def inner(data):
        return data["key"]["missing"]
    inner({"key": {}})


try:
    outer()
except KeyError:
    lines = traceback.format_exc().splitlines()
    print("\n".join(line.split("line")[1] if "File" in line else line for line in lines))
try:
    try:
        int("x")
    except ValueError:
        [][1]
except IndexError as error:
    print(repr(error.__context__), "".join(traceback.format_exception_only(error)).strip())
try:
    exec("def broken(:\n  pass")
except SyntaxError as error:
    print(error.msg, error.lineno, error.offset, error.text.strip())
