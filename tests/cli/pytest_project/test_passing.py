import os
import sys

import pytest
import shop


def test_fixture(account):
    account["balance"] += 5
    assert account["balance"] == 15


@pytest.mark.parametrize("prices, wanted", [([], 0), ([1, 2], 3), ([0.5] * 4, 2.0)], ids=["none", "two", "halves"])
def test_parametrized(prices, wanted, kind):
    assert shop.total(kind(prices)) == wanted


def test_tmp_path(tmp_path, tmp_path_factory):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("text")
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "b.txt"]
    assert tmp_path_factory.mktemp("other").is_dir()


def test_monkeypatch(monkeypatch, tmp_path):
    monkeypatch.setenv("CURRENCY", "USD")
    monkeypatch.setattr(shop, "total", lambda prices: 42)
    monkeypatch.chdir(tmp_path)
    assert (shop.currency(), shop.total([]), os.getcwd()) == ("USD", 42, str(tmp_path))


def test_undone():
    assert (shop.currency(), shop.total([1])) == ("EUR", 1)


def test_capsys(capsys):
    print("out")
    print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\n", "err\n")


def test_capfd(capfd):
    os.write(1, b"by descriptor\n")
    assert capfd.readouterr().out == "by descriptor\n"


def test_caplog(caplog):
    import logging
    logging.getLogger("shop").warning("sold %d", 3)
    assert caplog.messages == ["sold 3"]


def test_raises_and_warns():
    with pytest.raises(ZeroDivisionError, match="division"):
        1 / 0
    with pytest.warns(UserWarning):
        import warnings
        warnings.warn("careful")
    assert 0.1 + 0.2 == pytest.approx(0.3)


@pytest.mark.skip(reason="not today")
def test_skipped():
    raise AssertionError


@pytest.mark.xfail(raises=KeyError, strict=True)
def test_expected_to_fail():
    {}["missing"]


class TestClass:
    @classmethod
    def setup_class(cls):
        cls.seen = []

    def test_first(self):
        self.seen.append(1)

    def test_second(self):
        assert self.seen == [1]
