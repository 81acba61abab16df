import os

import pytest
import shop


def test_compares():
    print("said before")
    assert {"a": shop.total([1, 2]), "b": [1, 2, 3]} == {"a": 3, "b": [1, 2, 4]}


def test_by_descriptor():
    os.write(2, b"said by descriptor\n")
    assert shop.total([1]) == 2, "the sum is wrong"


def helper(value):
    raise ValueError(f"not {value}")


def test_raises_below():
    helper("this")


@pytest.fixture
def broken():
    raise RuntimeError("no fixture")


def test_error_in_fixture(broken):
    pass


@pytest.mark.parametrize("n", [1, 2])
def test_one_of_two(n, account):
    assert n != 2
