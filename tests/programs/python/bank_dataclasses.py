"""Dataclasses, decimals, enumerations, exceptions with notes."""
from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal, getcontext
from enum import Enum, Flag, auto


class Currency(Enum):
    EUR = "€"
    USD = "$"


class Rights(Flag):
    READ = auto()
    PAY = auto()
    CLOSE = auto()


class InsufficientFunds(Exception):
    pass


@dataclass(order=True, frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: Currency = field(default=Currency.EUR, compare=False)

    def __add__(self, other: Money) -> Money:
        if other.currency is not self.currency:
            raise TypeError(f"cannot add {other.currency.name} to {self.currency.name}")
        return replace(self, amount=self.amount + other.amount)

    def __str__(self):
        return f"{self.currency.value}{self.amount.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


@dataclass
class Account:
    owner: str
    balance: Money = Money(Decimal(0))
    rights: Rights = Rights.READ | Rights.PAY
    history: list[str] = field(default_factory=list, repr=False)

    def pay(self, amount: str):
        value = Decimal(amount)
        if self.balance.amount < value:
            error = InsufficientFunds(f"{self.owner} has {self.balance}")
            error.add_note(f"wanted: {value}")
            raise error
        self.balance += Money(-value)
        self.history.append(f"-{value}")


ann = Account("Ann", Money(Decimal("1000.005")))
ann.pay("250.10")
print(ann, ann.history)
print(ann.balance, Money(Decimal("1234567.885")), Money(Decimal(3), Currency.USD))
try:
    ann.pay("5000")
except InsufficientFunds as error:
    print(type(error).__name__, error, error.__notes__)
try:
    ann.balance + Money(Decimal(1), Currency.USD)
except TypeError as error:
    print(error)
try:
    ann.balance.amount = 3
except AttributeError as error:
    print(type(error).__name__, error)
print(sorted([Money(Decimal(3)), Money(Decimal(1)), Money(Decimal(2))])[0])
print(asdict(ann))
print(Rights.READ in ann.rights, Rights.CLOSE in ann.rights, ~ann.rights, list(ann.rights), Currency("$"))
getcontext().prec = 30
print(Decimal(2).sqrt(), Decimal(1) / 7, Decimal("1E+3").normalize(), f"{Decimal('12345.678'):.1e}", round(Decimal("2.5")), round(2.675, 2))
rate = Decimal("0.0425")
balance = Decimal(1000)
for year in range(1, 4):
    interest = (balance * rate).quantize(Decimal("0.01"))
    balance += interest
    print(year, interest, balance)
