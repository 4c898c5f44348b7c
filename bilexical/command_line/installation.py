"""
What is installed beside this package, and whether it fits. Nothing of it is imported.

The limits are those of our own metadata, which come from setup.py. AllenNLP is asked for there only
where pip can install it by name; where it is, its own limits hold as well, and elsewhere they are
too narrow and are ignored.
"""

import os
import platform
import re
import shlex
from importlib import metadata
from importlib.machinery import PathFinder
from typing import List, NamedTuple, Optional

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

OURS = "spigot-allennlp"
PACKAGES = (
    "torch",
    "torchvision",
    "allennlp",
    "transformers",
    "huggingface-hub",
    "spacy",
    "numpy",
    "numba",
    "jsonnet",
    "overrides",
    "scipy",
    "matplotlib",
    "tensorboardX",
)
COMPONENT = "spigot_parser"
_INSTALL = "python -m pip install"
_STAND_IN = "requirements/torchvision_stand_in"


class Finding(NamedTuple):
    """
    # Parameters

    name : `str`
    version : `str`
        Empty if it is not installed.
    wanted : `str`
        The versions that fit; empty if all do.
    state : `str`
        `ok`, `too old`, `too new`, `missing`, `wrong build`, or, for what need not be there,
        `not there`.
    remedy : `str`
        The command to give, or what else to do; empty if there is nothing to be done.
    """

    name: str
    version: str
    wanted: str
    state: str
    remedy: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something fails because of it."""
        return self.state not in ("ok", "not there")


def examine_packages() -> List[Finding]:
    """
    Python and `PACKAGES`.

    Raises `ValueError` if this package itself is not installed, as its limits are unknown then.
    """
    try:
        requirements = list(map(Requirement, metadata.requires(OURS) or []))
    except metadata.PackageNotFoundError as error:
        raise ValueError(
            f"{OURS} is not installed here, so it is not known what it needs. Install it: "
            f"{_INSTALL} . in its folder."
        ) from error
    brings_its_own = any(_is_for(each, "allennlp") and _holds_here(each) for each in requirements)
    if brings_its_own and _version("allennlp"):
        requirements += map(Requirement, metadata.requires("allennlp") or [])
    findings = [_python()]
    for name in PACKAGES:
        finding = _package(name, [each for each in requirements if _is_for(each, name)])
        if name == "torchvision" and (finding.wanted or not brings_its_own):
            finding = _torchvision(finding)
        findings.append(finding)
    return findings


def examine_plugins() -> Finding:
    """Whether AllenNLP finds this package by a plugins file when it starts in this folder."""
    for path in (".allennlp_plugins", "~/.allennlp/plugins"):
        if os.path.isfile(os.path.expanduser(path)):
            with open(os.path.expanduser(path), encoding="utf-8") as file:
                if "spigot_allennlp" in map(str.strip, file):
                    return Finding("plugins file", path, "", "ok")
    remedy = (
        "echo spigot_allennlp >> .allennlp_plugins, or start in a folder of `spigot new`, or "
        "--include-package spigot_allennlp"
    )
    return Finding("plugins file", "", "", "not there", remedy)


def examine_component() -> Finding:
    """Whether spaCy finds the component of this package, as the metadata of the package name it."""
    for point in metadata.distribution(OURS).entry_points:
        if (point.group, point.name) == ("spacy_factories", COMPONENT):
            return Finding("spaCy component", COMPONENT, "", "ok")
    remedy = f"{_INSTALL} --no-deps -e . in its folder, which is newer than what was installed"
    return Finding("spaCy component", "", "", "not there", remedy)


def _python() -> Finding:
    version = platform.python_version()
    classifiers = " ".join(metadata.metadata(OURS).get_all("Classifier") or [])
    tested = sorted(int(minor) for minor in re.findall(r":: Python :: 3\.([0-9]+)", classifiers))
    minor = int(version.split(".")[1])
    wanted = f">=3.{tested[0]},<3.{tested[-1] + 1}"
    state = "too old" if minor < tested[0] else "too new" if minor > tested[-1] else "ok"
    newest = f"python3.{tested[-1]}"
    remedy = "" if state == "ok" else f"{newest} -m venv .venv, and install everything there"
    return Finding("Python", version, wanted, state, remedy)


def _package(name: str, requirements: List[Requirement]) -> Finding:
    here = [each for each in requirements if _holds_here(each)]
    # AllenNLP is needed everywhere, though not asked for where pip would refuse it.
    is_needed = bool(here) or name == "allennlp"
    in_extras = [each for each in requirements if "extra" in str(each.marker)]
    relevant = here or (requirements if is_needed else in_extras)
    limits = SpecifierSet(",".join(str(each.specifier) for each in relevant))
    wanted = ",".join(sorted(map(str, limits), key=lambda limit: limit.startswith("<")))
    version = _version(name)
    if version is None:
        state = "missing" if is_needed else "not there"
    else:
        state = _compare(version, limits)
    options = " --no-deps" if name == "allennlp" and not here else ""
    remedy = f"{_INSTALL}{options} {shlex.quote(name + wanted)}"
    is_fine = state == "ok" or not relevant
    return Finding(name, version or "", wanted, state, "" if is_fine else remedy)


def _torchvision(finding: Finding) -> Finding:
    """Its build must be that of torch; or any modules of this name will do, as no text needs it."""
    if not finding.version:
        if PathFinder.find_spec("torchvision") is None:
            return finding._replace(state="missing", remedy=finding.remedy or _stand_in())
        remedy = "" if _build("torch") in ("cpu", None) else f"{_INSTALL} torchvision, for images"
        return finding._replace(version="a stand-in", state="ok", remedy=remedy)
    torch = _version("torch")
    if finding.state != "ok" or torch is None:
        return finding
    limits = [
        each.specifier
        for each in map(Requirement, metadata.requires("torchvision") or [])
        if _is_for(each, "torch") and _holds_here(each)
    ]
    builds = [_build("torch"), _build("torchvision")]
    is_for_torch = all(limit.contains(torch, prereleases=True) for limit in limits)
    if is_for_torch and (None in builds or builds[1] in ("cpu", builds[0])):
        return finding
    return finding._replace(
        wanted=f"the build for torch {torch}",
        state="wrong build",
        remedy=f"python -m pip uninstall -y torchvision && {_stand_in()}",
    )


def _stand_in() -> str:
    where = "" if os.path.isdir(_STAND_IN) else ", in a folder that `spigot new` has made"
    return f"{_INSTALL} --no-deps ./{_STAND_IN}{where}"


def _build(name: str) -> Optional[str]:
    """`cpu`, `cu126` or the like from the file version.py of a package; `None` if it says none."""
    spec = PathFinder.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    try:
        with open(os.path.join(os.path.dirname(spec.origin), "version.py")) as file:
            match = re.search(r"__version__ = ['\"][^'\"]*\+([a-z]+[0-9]*)", file.read())
    except OSError:
        return None
    return match.group(1) if match else None


def _version(name: str) -> Optional[str]:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _is_for(requirement: Requirement, name: str) -> bool:
    return canonicalize_name(requirement.name) == canonicalize_name(name)


def _holds_here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _compare(version: str, limits: SpecifierSet) -> str:
    for limit in limits:
        if not limit.contains(version, prereleases=True):
            bound = Version(limit.version.replace(".*", ""))
            return "too old" if Version(version) < bound else "too new"
    return "ok"
