"""Where the references write, and where they find the import of timm."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "packages/models/src/__fixtures__"
FIXTURES.mkdir(exist_ok=True)
sys.path.append(str(ROOT / "bench/peers"))
