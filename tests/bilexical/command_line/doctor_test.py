"""What the doctor says of environments that consist of metadata and little else."""

import json
import platform
import sys

import pytest

from bilexical.command_line.installation import PACKAGES
from bilexical.spacy_factory import NAME
from tests.bilexical.command_line.console import one_error, spigot

LIMITS = """\
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3.8
Classifier: Programming Language :: Python :: 3.10
Classifier: Programming Language :: Python :: 3.13
Requires-Dist: numba>=0.58
Requires-Dist: overrides>=7
Requires-Dist: allennlp==2.10.1; python_version < "3"
Requires-Dist: huggingface_hub<1
Requires-Dist: jsonnet>=0.20
Requires-Dist: numpy<2; python_version < "3"
Requires-Dist: numpy>=1.26; python_version >= "3"
Requires-Dist: scipy>=1.10
Requires-Dist: spacy>=3.7
Requires-Dist: tensorboardX>=2.6
Requires-Dist: torch>=2.4
Requires-Dist: transformers<4.41,>=4.25
Requires-Dist: matplotlib>=3.5; extra == "viz"
"""
FITTING = {
    "torch": "2.13.0+cpu",
    "allennlp": "2.10.1",
    "transformers": "4.40.2",
    "huggingface_hub": "0.36.2",
    "spacy": "3.8.18",
    "numpy": "2.4.6",
    "numba": "0.68.1",
    "jsonnet": "0.22.0",
    "overrides": "7.7.0",
    "scipy": "1.17.1",
    "tensorboardx": "2.6.5",
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts distributions into an environment that holds nothing else but our limits."""
    folder = tmp_path / "site-packages"
    monkeypatch.setattr(sys, "path", [str(folder)])
    monkeypatch.setattr(platform, "python_version", lambda: "3.11.7")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def install_all(versions, modules=(), limits=LIMITS):
        for name, version in {"spigot_allennlp": "0.1.0", **versions}.items():
            headers = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            information = folder / f"{name}-{version}.dist-info"
            information.mkdir(parents=True)
            if name == "spigot_allennlp":
                headers += limits
            if name == "torchvision":
                headers += "Requires-Dist: numpy\nRequires-Dist: torch==2.13.0\n"
            if name == "allennlp":
                headers += "Requires-Dist: torch (<1.13.0,>=1.10.0)\n"
                headers += "Requires-Dist: torchvision (<0.14.0,>=0.8.1)\n"
            (information / "METADATA").write_text(headers, encoding="utf-8")
        for module, version in dict(modules).items():
            (folder / module).mkdir()
            (folder / module / "__init__.py").touch()
            text = f"import os\n__version__ = '{version}'\ncuda = None\n"
            (folder / module / "version.py").write_text(text, encoding="utf-8")

    return install_all


STAND_IN = {"torch": "2.13.0+cpu", "torchvision": ""}


def findings(capsys, status):
    assert spigot("doctor", "--format", "json") == status
    return {each["name"]: each for each in json.loads(capsys.readouterr().out)}


def test_an_installation_that_fits(install, capsys):
    install(FITTING, STAND_IN)
    found = findings(capsys, 0)
    assert list(found) == ["Python", *PACKAGES, "spaCy component", "plugins file"]
    assert {name for name, each in found.items() if each["state"] != "ok"} == {
        "matplotlib",
        "spaCy component",
        "plugins file",
    }
    assert found["transformers"]["wanted"] == ">=4.25,<4.41"
    assert found["torch"]["version"] == "2.13.0+cpu"
    assert found["torchvision"] == {
        **{"name": "torchvision", "version": "a stand-in", "wanted": "", "state": "ok"},
        **{"remedy": "", "is_wrong": False},
    }
    assert found["matplotlib"]["remedy"] == "python -m pip install 'matplotlib>=3.5'"
    assert spigot("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Everything fits."
    assert "huggingface-hub  0.36.2      ok         <1" in lines
    assert "What may be added:" in lines and "What to do:" not in lines


@pytest.mark.parametrize(
    ("name", "version", "state", "remedy"),
    [
        ("transformers", "4.50.0", "too new", "python -m pip install 'transformers>=4.25,<4.41'"),
        ("transformers", "4.20.1", "too old", "python -m pip install 'transformers>=4.25,<4.41'"),
        ("huggingface_hub", "1.0.0", "too new", "python -m pip install 'huggingface-hub<1'"),
        ("torch", "1.12.1", "too old", "python -m pip install 'torch>=2.4'"),
        ("torch", "2.4.0.dev20240601", "too old", "python -m pip install 'torch>=2.4'"),
        ("torch", "2.16.0rc1", "ok", ""),
        ("numpy", "1.21.4", "too old", "python -m pip install 'numpy>=1.26'"),
        ("allennlp", "2.9.3", "too old", "python -m pip install --no-deps allennlp==2.10.1"),
        ("allennlp", "2.11.0", "too new", "python -m pip install --no-deps allennlp==2.10.1"),
        ("allennlp", None, "missing", "python -m pip install --no-deps allennlp==2.10.1"),
        ("jsonnet", None, "missing", "python -m pip install 'jsonnet>=0.20'"),
        ("tensorboardx", None, "missing", "python -m pip install 'tensorboardX>=2.6'"),
    ],
)
def test_one_that_does_not_fit(install, capsys, name, version, state, remedy):
    versions = {**FITTING, name: version}
    install({each: known for each, known in versions.items() if known}, STAND_IN)
    shown = {"huggingface_hub": "huggingface-hub", "tensorboardx": "tensorboardX"}.get(name, name)
    found = findings(capsys, int(state != "ok"))
    assert (found[shown]["version"], found[shown]["state"]) == (version or "", state)
    assert found[shown]["remedy"] == remedy
    assert [each for each in found if found[each]["is_wrong"]] == [shown] * (state != "ok")
    if remedy:
        spigot("doctor")
        text = capsys.readouterr().out
        assert f"\nWhat to do:\n  {shown}: {remedy}\n" in text and "Everything fits" not in text


@pytest.mark.parametrize(
    ("version", "state"),
    [("3.7.17", "too old"), ("3.8.0", "ok"), ("3.13.1", "ok"), ("3.14.0", "too new")],
)
def test_python(install, capsys, monkeypatch, version, state):
    install(FITTING, STAND_IN)
    monkeypatch.setattr(platform, "python_version", lambda: version)
    found = findings(capsys, int(state != "ok"))["Python"]
    assert (found["version"], found["wanted"]) == (version, ">=3.8,<3.14")
    assert found["state"] == state
    assert ("python3.13 -m venv" in found["remedy"]) == (state != "ok")


@pytest.mark.parametrize(
    ("torch", "torchvision", "state"),
    [
        ("2.13.0+cpu", "0.28.0+cpu", "ok"),
        ("2.13.0+cu130", "0.28.0+cu130", "ok"),
        ("2.13.0+cu130", "0.28.0+cpu", "ok"),
        ("2.13.0", "0.28.0", "ok"),
        ("2.13.0+cpu", "0.28.0+cu130", "wrong build"),
        ("2.13.0+cu126", "0.28.0+cu130", "wrong build"),
        ("2.12.0+cpu", "0.28.0+cpu", "wrong build"),
    ],
)
def test_the_build_of_torchvision_is_that_of_torch(install, capsys, torch, torchvision, state):
    # The metadata of PyPI's builds do not name CUDA; the modules do.
    bare = {name: version.split("+cu")[0] for name, version in (("t", torch), ("v", torchvision))}
    versions = {**FITTING, "torch": bare["t"], "torchvision": bare["v"]}
    install(versions, {"torch": torch, "torchvision": torchvision})
    found = findings(capsys, int(state != "ok"))["torchvision"]
    assert found["state"] == state
    if state != "ok":
        assert found["wanted"] == f"the build for torch {bare['t']}"
        assert found["remedy"].startswith("python -m pip uninstall -y torchvision && ")


def test_without_torchvision(install, capsys, tmp_path):
    install(FITTING, {"torch": "2.13.0+cpu"})
    found = findings(capsys, 1)["torchvision"]
    assert (found["state"], found["version"]) == ("missing", "")
    command = "python -m pip install --no-deps ./requirements/torchvision_stand_in"
    assert found["remedy"] == f"{command}, in a folder that `spigot new` has made"
    (tmp_path / "requirements" / "torchvision_stand_in").mkdir(parents=True)
    assert findings(capsys, 1)["torchvision"]["remedy"] == command


def test_a_stand_in_beside_torch_for_a_gpu(install, capsys):
    install(FITTING, {"torch": "2.13.0+cu130", "torchvision": ""})
    found = findings(capsys, 0)["torchvision"]
    assert (found["state"], found["version"]) == ("ok", "a stand-in")
    assert found["remedy"] == "python -m pip install torchvision, for images"


def test_where_pip_installs_allennlp_its_own_limits_hold(install, capsys):
    limits = LIMITS.replace('allennlp==2.10.1; python_version < "3"', "allennlp==2.10.1")
    limits = limits.replace("Requires-Dist: torch>=2.4\n", "")
    versions = {**FITTING, "torch": "1.13.0", "torchvision": "0.13.1"}
    install(versions, {"torch": "1.13.0", "torchvision": "0.13.1"}, limits)
    found = findings(capsys, 1)
    assert found["torch"]["wanted"] == ">=1.10.0,<1.13.0"
    assert found["torch"]["state"] == "too new"
    assert found["torchvision"]["wanted"] == "the build for torch 1.13.0"
    assert found["allennlp"]["state"] == "ok"


def test_where_allennlp_is_missing_its_limits_are_unknown(install, capsys):
    limits = LIMITS.replace('allennlp==2.10.1; python_version < "3"', "allennlp==2.10.1")
    limits = limits.replace("torch>=2.4", 'torch>=2.4; python_version < "3"')
    missing = ("allennlp", "torch")
    install({name: v for name, v in FITTING.items() if name not in missing}, (), limits)
    found = findings(capsys, 1)
    # It brings the others.
    assert found["allennlp"]["remedy"] == "python -m pip install allennlp==2.10.1"
    for name in ("torch", "torchvision"):
        assert [found[name][key] for key in ("state", "wanted", "remedy")] == ["not there", "", ""]


def test_the_plugins_file(install, capsys, tmp_path):
    install(FITTING, STAND_IN)
    found = findings(capsys, 0)["plugins file"]
    assert found["state"] == "not there"
    assert "--include-package spigot_allennlp" in found["remedy"]
    (tmp_path / ".allennlp_plugins").write_text("spigot-allennlp\n", encoding="utf-8")
    assert findings(capsys, 0)["plugins file"]["state"] == "not there"
    (tmp_path / ".allennlp").mkdir()
    (tmp_path / ".allennlp" / "plugins").write_text("a\nspigot_allennlp\n", encoding="utf-8")
    assert findings(capsys, 0)["plugins file"]["version"] == "~/.allennlp/plugins"
    (tmp_path / ".allennlp_plugins").write_text(" spigot_allennlp", encoding="utf-8")
    found = findings(capsys, 0)["plugins file"]
    assert (found["version"], found["state"]) == (".allennlp_plugins", "ok")


def test_the_component_of_spacy(install, capsys, tmp_path):
    install(FITTING, STAND_IN)
    found = findings(capsys, 0)["spaCy component"]
    assert found["state"] == "not there" and "pip install --no-deps -e ." in found["remedy"]
    (information,) = (tmp_path / "site-packages").glob("spigot_allennlp-*")
    entry = f"[spacy_factories]\n{NAME} = bilexical.spacy_factory:make_parser\n"
    (information / "entry_points.txt").write_text(entry, encoding="utf-8")
    assert findings(capsys, 0)["spaCy component"]["state"] == "ok"


def test_without_our_metadata_the_limits_are_unknown(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert spigot("doctor") == 2
    assert one_error(capsys, "doctor").startswith("spigot-allennlp is not installed here")


def test_without_packaging_nothing_can_be_compared(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    monkeypatch.delitem(sys.modules, "bilexical.command_line.installation", raising=False)
    assert spigot("doctor") == 2
    assert "Install it: python -m pip install packaging." in one_error(capsys, "doctor")


def test_this_installation(capsys):
    """Whatever it is: setup.py gives a limit for everything that is examined."""
    assert spigot("doctor", "--format", "json") in (0, 1)
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert {name for name, each in found.items() if not each["wanted"]} <= {
        "torchvision",
        "spaCy component",
        "plugins file",
    }
    assert found["allennlp"] == {
        **{"name": "allennlp", "version": "2.10.1", "wanted": "==2.10.1", "state": "ok"},
        **{"remedy": "", "is_wrong": False},
    }
