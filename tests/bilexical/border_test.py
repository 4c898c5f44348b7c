"""`bilexical` knows files and no tensors: the plugin may import it, and not the other way round."""

import re

from tests import PROJECT_ROOT


def test_the_plugin_and_tensors_are_not_imported():
    sources = [path.read_text("utf-8") for path in (PROJECT_ROOT / "bilexical").rglob("*.py")]
    imported = re.findall(r"^\s*(?:from|import) (\w+)", "\n".join(sources), flags=re.MULTILINE)
    assert "bilexical" in imported
    assert not {"spigot_allennlp", "torch", "allennlp", "numba"} & set(imported)
