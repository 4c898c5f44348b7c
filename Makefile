# `make help` lists the targets. Needs Python 3.11 or later, pip, git and make; all else is put into
# $(VENV). Variables: PYTHON, PYTHON_PINNED (3.8 to 3.10, of `make test-pinned`), VENV, TORCH (`make
# setup TORCH=2.15.0`), JOBS (processes of `make test`), CONSTRAINTS (`make setup CONSTRAINTS=` takes
# the newest versions instead of the tested ones).

VENV ?= .venv
JOBS ?= 2
CONSTRAINTS ?= requirements/constraints.txt

# The first of the commands $(1) that runs a Python for which the condition $(2) holds.
find_python = $(shell for python in $(1); do \
	$$python -c 'import sys; sys.exit(not $(2))' 2>/dev/null && echo $$python && break; done)
PYTHON ?= $(call find_python,python3.11 python3.12 python3.13 python3 python,sys.hexversion >= 0x030b0000)
# On the path, or among the versions of pyenv that are not.
PYENV_ROOT ?= $(HOME)/.pyenv
PYTHON_PINNED ?= $(call find_python,$(foreach version,3.10 3.9 3.8,python$(version) \
	$(wildcard $(PYENV_ROOT)/versions/$(version).*/bin/python)),sys.hexversion < 0x030b0000)

# The stamp holds the version of torch that is installed; asking for another one installs it.
STAMP := $(VENV)/.installed
INSTALLED_TORCH := $(shell cat $(STAMP) 2>/dev/null)
TORCH ?= $(or $(INSTALLED_TORCH),2.13.0)

BIN := $(VENV)/bin
STAND_IN := requirements/torchvision_stand_in
INCLUDE := --include-package spigot_allennlp
RUN := runs/sdp_spigot
MODEL := $(RUN)/model.tar.gz
TOY := data/toy
SENTENCES := examples/sentences.jsonl
ENGLISH := examples/english.txt
SHIPPED := spigot_allennlp/shipped/en_dm

.DELETE_ON_ERROR:
.PHONY: help setup train test quick test-pinned check docs model results format clean

help:
	@echo 'make setup        create $(VENV) and install everything into it'
	@echo 'make train        train $(RUN), evaluate it and parse three sentences; a finished run'
	@echo '                  is kept unless its configuration, corpus or code has changed'
	@echo 'make test         run the tests'
	@echo 'make quick        run the tests that are not slow, in two to three minutes'
	@echo 'make test-pinned  run the tests with Python 3.10 and the versions AllenNLP pins'
	@echo 'make check        ruff and mypy'
	@echo 'make docs         build the pages of docs/ in site/, with warnings as errors'
	@echo 'make model        train the model that is shipped (half an hour), given its corpora in data/'
	@echo 'make results      make tables and pictures of docs/ from the runs in docs/results/'
	@echo 'make format       let ruff put the code into shape'
	@echo 'make clean        remove $(VENV) and the caches, not runs/'

setup: $(STAMP)

ifneq ($(TORCH),$(INSTALLED_TORCH))
.PHONY: $(STAMP)
endif

# pip refuses AllenNLP's own requirements on this Python, so setup.py names what it needs and it comes
# last, alone. Where ensurepip is missing (Debian without python3-venv), pip comes from outside.
$(STAMP): setup.py bilexical/version.py $(CONSTRAINTS) $(STAND_IN)/setup.py
	@test -n '$(PYTHON)' || \
		{ echo 'No Python 3.11 or later: install one, or name it (make PYTHON=...).'; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
		{ $(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install pip; }
	$(BIN)/python -m pip install --no-warn-conflicts torch==$(TORCH) -e '.[dev,viz,docs,scale]' $(addprefix -c ,$(CONSTRAINTS))
	$(BIN)/python -m pip install --no-deps allennlp==2.10.1
	@$(BIN)/python -c 'import torchvision.ops.boxes' 2>/dev/null || \
		$(BIN)/python -m pip install --no-deps ./$(STAND_IN)
	PYTHONWARNINGS=ignore $(BIN)/python -m spigot_allennlp.nn.compile_kernels
	@echo $(TORCH) > $@

# Libraries below AllenNLP announce their future at every start.
# Threads of torch that wait without rest are slow beside other programs: docs/speed.md.
train: export GOMP_SPINCOUNT ?= 1000
train: export PYTHONWARNINGS ?= ignore::FutureWarning,ignore::DeprecationWarning
train: $(RUN)/metrics.json
	$(BIN)/allennlp evaluate $(MODEL) $(TOY)/test.sdpx $(INCLUDE) --output-file $(RUN)/evaluation.json
	$(BIN)/allennlp predict $(MODEL) $(SENTENCES) $(INCLUDE) --silent --output-file $(RUN)/predictions.jsonl
	@echo && echo 'Scores on $(TOY)/test.sdpx ($(RUN)/evaluation.json):' && cat $(RUN)/evaluation.json
	@echo && echo && echo 'The sentences of $(SENTENCES) ($(RUN)/predictions.jsonl):'
	@cat $(RUN)/predictions.jsonl
	@echo && echo 'The model is $(MODEL). English text ($(ENGLISH)), parsed by the model that comes along:'
	$(BIN)/spigot parse $(ENGLISH) -o $(RUN)/english.jsonl
	@$(BIN)/spigot draw $(RUN)/english.jsonl

# AllenNLP writes metrics.json when it has finished, but an archive even if it is interrupted. A run
# that is unfinished or out of date starts again: -f empties the directory.
$(RUN)/metrics.json: training_configs/sdp_spigot.jsonnet $(wildcard training_configs/lib/*.libsonnet) \
		$(wildcard $(TOY)/*.sdpx) $(shell find bilexical spigot_allennlp -name '*.py') | $(STAMP)
	$(BIN)/allennlp train $< $(INCLUDE) -s $(@D) -f

# The processes share the cores, so each keeps to one thread; and what one has compiled is kept for
# the others, even where Python is told to write nothing.
TESTING := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=

test: $(STAMP)
	$(TESTING) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

quick: $(STAMP)
	$(TESTING) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m 'not slow'

$(VENV)-pinned/.installed: setup.py bilexical/version.py
	@test -n '$(PYTHON_PINNED)' || \
		{ echo 'No Python 3.8 to 3.10: install one, or name it (make PYTHON_PINNED=...).'; exit 1; }
	@test -x $(VENV)-pinned/bin/pip || $(PYTHON_PINNED) -m venv $(VENV)-pinned
	$(VENV)-pinned/bin/python -m pip install -e '.[test]'
	@touch $@

test-pinned: $(VENV)-pinned/.installed
	$(TESTING) $(VENV)-pinned/bin/python -m pytest -n $(JOBS) --dist loadfile

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: export NO_MKDOCS_2_WARNING := 1
docs: $(STAMP)
	$(BIN)/mkdocs build --strict

# One thread, so that the same weights come out everywhere.
model: export OMP_NUM_THREADS := 1
model: $(STAMP)
	$(BIN)/allennlp train training_configs/en_dm.jsonnet $(INCLUDE) -s runs/en_dm -f
	$(BIN)/allennlp halve-archive runs/en_dm/model.tar.gz $(SHIPPED)/model.tar.gz $(INCLUDE)
	$(BIN)/python benchmarks/model_card.py en_dm --card $(SHIPPED)/README.md

results: $(STAMP)
	$(BIN)/python benchmarks/when_it_pays.py
	$(BIN)/python benchmarks/categorical_report.py --runs docs/results --output docs

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) $(VENV)-pinned site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf build *.egg-info $(STAND_IN)/build $(STAND_IN)/*.egg-info
