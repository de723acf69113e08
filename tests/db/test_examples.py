import doctest
import importlib

import pytest

MODULES = ("chain", "cycles", "outlets", "screen", "told", "tombstones", "urls", "values")


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(importlib.import_module(f"db.{module}")).failed == 0
