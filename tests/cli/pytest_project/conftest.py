import pytest


@pytest.fixture
def account():
    made = {"balance": 10}
    yield made
    print("closed with", made["balance"])


@pytest.fixture(scope="session", params=["list", "tuple"])
def kind(request):
    return {"list": list, "tuple": tuple}[request.param]
