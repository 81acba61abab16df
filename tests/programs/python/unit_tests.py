"""An agent's own tests by unittest, with mocks, subtests, failures and skips; doctest too."""
import doctest
import io
import re
import unittest
from unittest import mock


def slug(text, most=20):
    """
    >>> slug("Hello, World!")
    'hello-world'
    >>> slug("a" * 30)
    'aaaaaaaaaaaaaaaaaaaa'
    >>> slug("")
    Traceback (most recent call last):
        ...
    ValueError: nothing is left
    >>> slug("wrong")
    'right'
    """
    words = re.findall(r"[a-z0-9]+", text.lower())
    if not words:
        raise ValueError("nothing is left")
    return "-".join(words)[:most]


class Client:
    def get(self, url):
        raise OSError("no network")


def title(client, url):
    return client.get(url)["title"].strip()


class SlugTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.samples = {"A b": "a-b", "x_y": "x-y", "ÄB": "b"}

    def test_samples(self):
        for text, want in self.samples.items():
            with self.subTest(text=text):
                self.assertEqual(slug(text), want)

    def test_empty(self):
        with self.assertRaisesRegex(ValueError, "nothing"):
            slug("...")

    def test_wrong(self):
        self.assertEqual(slug("one two"), "one_two")

    def test_lists(self):
        self.assertListEqual([1, 2, 3], [1, 2, 4])

    def test_error(self):
        slug(None)

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()

    @unittest.expectedFailure
    def test_known(self):
        self.assertAlmostEqual(0.1 + 0.2, 0.31)


class ClientTest(unittest.TestCase):
    def test_mock(self):
        client = mock.Mock(spec=Client)
        client.get.return_value = {"title": " Hi "}
        self.assertEqual(title(client, "u"), "Hi")
        client.get.assert_called_once_with("u")

    def test_patch(self):
        with mock.patch.object(Client, "get", side_effect=[{"title": "1"}, KeyError("x")]) as get:
            self.assertEqual(title(Client(), "a"), "1")
            self.assertRaises(KeyError, title, Client(), "b")
            self.assertEqual(get.call_count, 2)


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_mock(self):
        call = mock.AsyncMock(return_value=3)
        self.assertEqual(await call(1), 3)
        call.assert_awaited_once_with(1)


stream = io.StringIO()
suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(c) for c in (SlugTest, ClientTest, AsyncTest))
result = unittest.TextTestRunner(stream, verbosity=2).run(suite)
report = re.sub(r"in [\d.]+s", "in TIME", stream.getvalue())
report = re.sub(r'File ".*?(\w+\.py)", line \d+', r'File "\1"', report)
print(report)
print(result.testsRun, len(result.failures), len(result.errors), len(result.skipped), len(result.expectedFailures), result.wasSuccessful())
output = io.StringIO()
runner = doctest.DocTestRunner(verbose=False)
for test in doctest.DocTestFinder().find(slug, "slug", globs={"slug": slug}):
    runner.run(test, out=lambda text: output.write(text))
print(re.sub(r'File ".*?(\w+\.py)", line \d+', r'File "\1"', output.getvalue()), runner.summarize(verbose=False))
