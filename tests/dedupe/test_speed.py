import gc
import os
import signal
import subprocess
import sys
import time

import pytest

from dedupe import speed
from dedupe.warm import warm

WARM = """
from dedupe import speed
from dedupe.words import bytes_of
kernel = speed.expect(speed.ENOUGH)
print(*(name for name in kernel.__all__ if not getattr(kernel, name).signatures))
"""


def test_every_kernel_is_loaded_once_one_is_needed():
    told = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, check=True)
    assert told.stdout == "\n"


def test_warming_without_kernels_is_no_error():
    with speed.using(None):
        warm()


def test_the_kernels_stay_out_when_asked():
    asked = {**os.environ, "NEWSTRACE_PURE": "1"}
    code = "from dedupe import speed; print(speed.expect(speed.ENOUGH))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=asked)
    assert told.stdout == "None\n"


def test_ctrl_c_while_kernels_load_takes_effect_afterwards(monkeypatch):
    reached = []

    def load():
        signal.raise_signal(signal.SIGINT)
        reached.append("the end")

    monkeypatch.setattr(speed, "load", load)
    monkeypatch.setattr(speed._Gate, "kernel", None)
    monkeypatch.setattr(speed._Gate, "refused", False)
    with pytest.raises(KeyboardInterrupt):
        speed.expect(speed.ENOUGH)
    assert reached == ["the end"]


def test_loading_that_takes_long_is_told_why(monkeypatch, caplog):
    monkeypatch.setattr(speed, "load", lambda: time.sleep(0.2))
    monkeypatch.setattr(speed, "SLOW", 0.01)
    monkeypatch.setattr(speed._Gate, "kernel", None)
    monkeypatch.setattr(speed._Gate, "refused", False)
    speed.expect(speed.ENOUGH)
    assert "compiling the comparison" in caplog.text


def test_loading_the_kernels_leaves_scipy_alone_and_lets_others_have_it():
    code = """
import sys
from dedupe import speed
assert speed.expect(speed.ENOUGH)
print(sorted(name for name in sys.modules if name.startswith("scipy.linalg")))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize("before", [True, False])
def test_circles_of_objects_are_looked_for_again_afterwards_if_they_were_before(before):
    was = gc.isenabled()
    (gc.enable if before else gc.disable)()
    try:
        with speed.uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() == before
    finally:
        (gc.enable if was else gc.disable)()


def test_memory_is_kept_only_meanwhile(monkeypatch):
    told = []

    class Library:
        def mallopt(self, name, size):
            told.append((name, size))

        def malloc_trim(self, left):
            told.append(("trim", left))

    monkeypatch.setattr(speed.ctypes, "CDLL", lambda _: Library())
    with speed.memory_kept():
        assert dict(told)[-1] > 1 << 28
    assert dict(told)[-1] == 1 << 17
    assert told[-1] == ("trim", 0)


def test_where_the_system_has_no_such_setting_work_goes_on(monkeypatch):
    monkeypatch.setattr(speed.ctypes, "CDLL", lambda _: object())
    with speed.memory_kept():
        reached = True
    assert reached
