"""The measurements of bench/ are scripts that import each other as siblings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
