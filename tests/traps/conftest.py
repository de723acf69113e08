"""A newsroom for every trap."""

import pytest

from tests.traps.press import Newsroom


@pytest.fixture
def newsroom(tmp_path, monkeypatch):
    """`newsroom.take_in(pages)`, then `newsroom.told()`."""
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path / "home"))
    return Newsroom(tmp_path / "home")
