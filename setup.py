import re
import runpy
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION: dict = {}
exec((ROOT / "bilexical" / "version.py").read_text(encoding="utf-8"), VERSION)

EXPERIMENT = runpy.run_path(str(ROOT / "bilexical" / "experiment_files.py"))


class BuildWithExperiment(build_py):
    """Adds what `spigot new` writes, which stands outside of the packages."""

    def run(self):
        super().run()
        for name, target in self._experiment():
            self.mkpath(str(target.parent))
            shutil.copyfile(ROOT / name, target)

    def get_outputs(self, *options, **named):
        paths = [str(target) for _, target in self._experiment()]
        return [*super().get_outputs(*options, **named), *paths]

    def _experiment(self):
        if getattr(self, "editable_mode", False):
            return []
        folder = Path(self.build_lib, "bilexical", EXPERIMENT["INSTALLED"])
        return [(name, folder / name) for name in EXPERIMENT["experiment_files"](ROOT)]


# AllenNLP 2.10.1, the last release, runs on Python 3.11 and torch 2, but its metadata still asks
# for torch<1.13, so pip refuses it there. From Python 3.11 on we name what it imports, in versions
# that work, and AllenNLP itself is added by `pip install --no-deps allennlp==2.10.1`.
ALLENNLP_ITSELF = [
    "allennlp==2.10.1",
    "numpy<2",
]
ALLENNLP_REQUIREMENTS = [
    "base58>=2.1.1",
    "cached-path>=1.1.3",
    "dill>=0.3.4",
    "fairscale>=0.4.6",
    "filelock>=3.3",
    "h5py>=3.6.0",
    "huggingface-hub<1",
    "jsonnet>=0.20; sys_platform != 'win32'",
    "lmdb>=1.2.1",
    "more-itertools>=8.12.0",
    "nltk>=3.6.5",
    "numpy>=1.26",
    "protobuf>=3.20",
    "pytest>=6.2.5",
    "requests>=2.28",
    "sacremoses",
    "scikit-learn>=1.2",
    "scipy>=1.10",
    "sentencepiece>=0.1.97",
    "spacy>=3.7",
    "tensorboardX>=2.6",
    "termcolor>=1.1.0",
    "torch>=2.4",
    "tqdm>=4.62",
    "traitlets>5.1.1",
    # From 4.45 on AllenNLP's `pretrained_transformer_mismatched` fails, from 4.50 on AllenNLP
    # itself; before 4.45 there is no build of tokenizers for Python 3.13.
    "transformers>=4.25,<4.41; python_version < '3.13'",
    "transformers>=4.45,<4.49; python_version >= '3.13'",
    "typer>=0.4.1",
]


def without_our_links(page):
    """`page` for a site that has none of our pictures and pages: the files' names are left."""
    page = re.sub(r"^!\[[^]]*\]\((?!https:)[^)]*\)\n\n", "", page, flags=re.MULTILINE)
    return re.sub(
        r"\[([^]]*)\]\((?!https:)([^)#]*)(#[^)]*)?\)",
        lambda link: link[1] if link[1] == link[2] else f"{link[1]} (`{link[2]}`)",
        page,
    )


def only_where(condition, requirements):
    """`requirements` with the environment marker `condition` added to each."""
    return [
        f"{name} and {condition}" if ";" in name else f"{name}; {condition}"
        for name in requirements
    ]


TEST = ["hypothesis>=6.0", "pytest>=7.0", "pytest-xdist>=3.0", "setuptools>=64"]
# What the benchmarks measure beside this library.
PEERS = ["entmax", "supar>=1.1.4", "torch-struct", "ufal.chu_liu_edmonds"]
# What spreads work over processes and machines, and searches for options.
SCALE = ["distributed>=2023.4", "optuna>=4.0"]
# What builds the pages of docs/ (`make docs`).
DOCS = ["mkdocs>=1.6", "mkdocs-material>=9.5", "mkdocstrings[python]>=0.26"]
DEV = TEST + [
    "mypy>=1.10",
    "ruff>=0.9; python_version >= '3.11'",
]

setup(
    name="spigot-allennlp",
    version=VERSION["VERSION"],
    description=(
        "Structured projection of intermediate gradients (SPIGOT) for AllenNLP: natural language "
        "pipelines trained through a latent parse"
    ),
    long_description=without_our_links((ROOT / "README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    keywords=[
        "SPIGOT",
        "structured projection of intermediate gradients",
        "straight-through estimator",
        "structured attention",
        "latent structure",
        "dependency parsing",
        "semantic dependency parsing",
        "AllenNLP",
        "PyTorch",
        "NLP",
    ],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.8",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Text Processing :: Linguistic",
        "Typing :: Typed",
    ],
    # The kernels have no `__init__`, for which `spigot_allennlp.nn` says why.
    packages=[
        *find_packages(
            include=["bilexical", "bilexical.*", "spigot_allennlp", "spigot_allennlp.*"]
        ),
        "spigot_allennlp.nn.kernels",
    ],
    entry_points={
        "console_scripts": ["spigot=bilexical.command_line.main:main"],
        "spacy_factories": ["spigot_parser=bilexical.spacy_factory:make_parser"],
    },
    package_data={
        "bilexical": ["py.typed"],
        "spigot_allennlp": ["py.typed", "shipped/*/model.tar.gz", "shipped/*/README.md"],
    },
    cmdclass={"build_py": BuildWithExperiment},
    zip_safe=False,
    python_requires=">=3.8",
    install_requires=[
        "numba>=0.58",
        "overrides>=7",
        "packaging>=21",
        *only_where("python_version < '3.11'", ALLENNLP_ITSELF),
        *only_where("python_version >= '3.11'", ALLENNLP_REQUIREMENTS),
    ],
    extras_require={
        "test": TEST,
        "viz": ["matplotlib>=3.5"],
        "parquet": ["pyarrow>=10"],
        "scale": SCALE,
        "docs": DOCS,
        "peers": PEERS,
        "dev": DEV,
    },
)
