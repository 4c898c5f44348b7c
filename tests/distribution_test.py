"""What is built from the repository: the files in it, and what a page elsewhere says of it."""

import os
import re
import subprocess
import sys
import tarfile

import pytest

from bilexical.experiment_files import INSTALLED, experiment_files
from tests import PROJECT_ROOT
from tests.documentation import PAGES

pytestmark = pytest.mark.slow

FOLDERS = (".ci", ".github", "benchmarks", "bilexical", "data/toy", "docs", "examples")
FOLDERS += ("requirements", "spigot_allennlp", "tests", "toy_corpus", "training_configs")
TOP = (".allennlp_plugins", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff")
TOP += ("CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "Makefile", "README.md", "mkdocs.yml")
TOP += ("pyproject.toml", "setup.py")
GENERATED = re.compile(r"(^|/)(__pycache__|build|[^/]*\.egg-info)/")


def files(folder, *parts):
    """The contents by name, without what Python and setuptools leave in a folder."""
    paths = [path for part in parts or [""] for path in (folder / part).rglob("*")]
    named = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    return {name: path.read_bytes() for name, path in named.items() if not GENERATED.search(name)}


def build(project, scratch):
    """The archive of the sources, and the folder of what would be installed."""
    scratch.mkdir()
    subprocess.run(
        [sys.executable, "setup.py", "-q"]
        + ["egg_info", "--egg-base", scratch]
        + ["sdist", "--formats", "gztar", "--dist-dir", scratch]
        + ["build", "--build-base", scratch / "build", "--build-lib", scratch / "lib"],
        cwd=project,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    (archive,) = scratch.glob("*.tar.gz")
    return archive, scratch / "lib"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sources unpacked, and what is installed of the repository and of them."""
    scratch = tmp_path_factory.mktemp("built")
    archive, ours = build(PROJECT_ROOT, scratch / "repository")
    with tarfile.open(archive) as packed:
        packed.extractall(scratch)
    (sources,) = scratch.glob("spigot_allennlp-*")
    _, theirs = build(sources, scratch / "sources")
    return sources, ours, theirs


def test_the_sources_are_the_repository(built):
    sources, _, _ = built
    ours = files(PROJECT_ROOT, *FOLDERS)
    assert files(sources, *FOLDERS) == ours
    assert len(ours) > 500
    for name in TOP:
        assert (sources / name).read_bytes() == (PROJECT_ROOT / name).read_bytes()


def test_both_install_the_same(built):
    _, ours, theirs = built
    installed = files(ours)
    assert installed == files(theirs)
    packages = {
        name: content
        for name, content in files(PROJECT_ROOT, "bilexical", "spigot_allennlp").items()
        if name.endswith((".py", "py.typed")) or "/shipped/" in name
    }
    carried = {
        f"bilexical/{INSTALLED}/{name}": (PROJECT_ROOT / name).read_bytes()
        for name in experiment_files(PROJECT_ROOT)
    }
    assert installed == {**packages, **carried}


def test_what_is_installed_makes_the_folder(built, tmp_path):
    _, ours, _ = built
    subprocess.run(
        [sys.executable, "-m", "bilexical", "new", tmp_path / "new"],
        cwd=tmp_path,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ours)},
    )
    expected = {name: (PROJECT_ROOT / name).read_bytes() for name in experiment_files(PROJECT_ROOT)}
    assert files(tmp_path / "new") == expected


def test_the_description_leads_to_no_file_of_ours(built):
    sources, _, _ = built
    headers, _, description = (sources / "PKG-INFO").read_text(encoding="utf-8").partition("\n\n")
    assert "Description-Content-Type: text/markdown\n" in f"{headers}\n"
    linked = re.findall(r"\]\(([^)]*)\)", description)
    assert linked and all(target.startswith("https://") for target in linked)
    # All else is the README.
    readme = PAGES["README.md"]
    assert readme.blocks("bash") == re.findall(r"^```bash\n(.*?)^```$", description, re.S | re.M)
    for target in re.findall(r"[^!]\[[^]]*\]\(([^)#]*)", readme.text):
        assert target in description
        assert target.startswith("https://") or (PROJECT_ROOT / target).is_file()
