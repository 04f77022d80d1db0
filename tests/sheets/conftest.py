"""The library's own answers, made once for all tests of the sheets."""

import pytest

from quietdrip.sheets.answer import Answer
from tests.sheets import made


@pytest.fixture(scope="session")
def startable() -> dict[str, Answer]:
    """An answer with a card for every protocol of the library that may be started."""
    return made.startable()
