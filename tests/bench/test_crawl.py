"""The bench of whole crawls says what it cannot serve."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "crawl.py"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_without_recorded_pages_is_refused(tmp_path, is_there):
    folder = tmp_path if is_there else tmp_path / "missing"
    command = [sys.executable, str(BENCH), "--pages", "1", "--recorded", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"--recorded {folder}: there are no recorded pages" in done.stderr
