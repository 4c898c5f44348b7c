"""The console script `spigot`, also `python -m spigot_command`."""

import sys
from importlib.util import find_spec, module_from_spec


def main() -> int:
    """Runs the command line of this process, and returns its exit status."""
    # The package's `__init__` registers every class, for which it imports torch and AllenNLP; put
    # in its place, the package that has not been run lets its modules be imported all the same.
    if "spigot_allennlp" not in sys.modules:
        spec = find_spec("spigot_allennlp")
        assert spec is not None
        sys.modules["spigot_allennlp"] = module_from_spec(spec)
    from spigot_allennlp.tools.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
