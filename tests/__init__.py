"""Where things are, for tests that run from any directory."""

import pathlib

PROJECT_ROOT = pathlib.Path(__file__).parent.parent.resolve()
FIXTURES_ROOT = PROJECT_ROOT / "tests" / "fixtures"
