# The two commands: `make demo` and `make test`.  Python >= 3.11 and a package index is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PCX_VENV := .venv-bench-pc
RUNS ?= runs
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
  -c constraints.txt

PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

MINUTES ?= 30

.PHONY: demo test quick test-slurm fuzz check format docs dist bench figures clean

# Python keeps what it has compiled of what it imports, so that pip need not compile everything.
export PYTHONDONTWRITEBYTECODE :=

# A command of nnu that says nothing unless it fails.
quietly = { said=$$($(BIN)/nnu $(1) 2>&1) || { echo "$$said" >&2; exit 1; }; }

demo: $(VENV)/.core  ## Train a deep and a shallow net on the embedded digits; numbers, figures and a report.
	@echo "Training a deep and a shallow net on 6000 digits for 300 epochs: half a minute."
	@$(call quietly,sweep configs/sweeps/demo.yaml --out $(RUNS))
	@echo "Drawing figures and writing the report."
	@$(call quietly,plot all $(RUNS)/demo --format svg --out $(RUNS)/demo-figures) & figures=$$!; \
	  $(call quietly,report $(RUNS)/demo --out $(RUNS)/demo-report.html); wait $$figures
	@echo
	@$(BIN)/nnu runs $(RUNS)/demo --columns network.hidden,test_error_rate,mu2
	@echo
	@echo "runs     $(RUNS)/demo"
	@echo "figures  $(RUNS)/demo-figures"
	@echo "report   $(RUNS)/demo-report.html"

test: $(VENV)/.dev  ## Run the tests.
	$(PYTEST)

# Numerics against closed forms, configs and data, and that the commands start; under a minute.
QUICK = tests/exact tests/networks tests/nets tests/spectra tests/config tests/data \
  tests/cli/test_train_command.py tests/cli/test_config_command.py tests/cli/test_data_command.py

quick: $(VENV)/.dev  ## Run a choice of the tests, while changing something.
	$(PYTEST) $(QUICK)

test-slurm: $(VENV)/.dev  ## Sweeps on a real Slurm, installed and started here, on loopback; root on Debian.
	tests/slurm/run.sh $(BIN)/python

fuzz: $(VENV)/.dev  ## Damaged files, malformed input and kills, new ones each time; MINUTES=30, SEED=0.
	$(BIN)/python tests/fuzz/campaign.py --minutes $(MINUTES) --seed $${SEED:-0}

check: $(VENV)/.dev  ## Lint and check types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## Rewrite the code in the house format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs  ## Build the site of the documentation into site/, to be read without a network.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "site     site/index.html"

dist: $(VENV)/.dev  ## Build wheel and source archive into dist/, and see that the wheel works by itself.
	@rm -rf dist
	$(BIN)/python -m hatchling build
	NNU_WHEEL=$$(echo dist/*.whl) $(BIN)/python -m pytest -n 0 tests/test_wheel.py

bench: $(VENV)/.bench $(PCX_VENV)/.made  ## Compare speed with PyTorch, Keras, pcx and others; some ten minutes.
	PCX_PYTHON=$(PCX_VENV)/bin/python $(BIN)/python -m benchmarks

# One run of each net, in $(RUNS)/deep and $(RUNS)/shallow.
NETS = $(RUNS)/deep/* $(RUNS)/shallow/*
DRAWN = loss bulk-ratio loss-plane spectrum moments complexity complexity-loss

figures: $(VENV)/.core  ## Draw the figures of docs/results.md anew, from one run of each net in RUNS.
	@$(call quietly,plot all $(NETS) --format png --out $(RUNS)/figures)
	@$(call quietly,plot spectrum $(NETS) --epoch 100 --epoch 1000 --epoch 10000 --format png --out $(RUNS)/figures)
	@for name in $(DRAWN); do cp $(RUNS)/figures/$$name-deep-shallow.png docs/figures/$$name.png; done
	@cp $(RUNS)/figures/laplacian.png docs/figures/

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) must be Python 3.11 or newer. Try make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Making $(VENV): half a minute, and what the downloads take."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(PIP_INSTALL) -e '.[dev]'
	@touch $(VENV)/.core $@

$(VENV)/.docs: $(VENV)/.core
	@$(PIP_INSTALL) -e '.[docs]'
	@touch $@

$(VENV)/.bench: $(VENV)/.core
	@$(PIP_INSTALL) -e '.[bench]'
	@touch $@

# pcx needs an older JAX; without it the benchmark says what it skips.
$(PCX_VENV)/.made: $(VENV)/bin/python benchmarks/pcx-constraints.txt
	@rm -rf $(PCX_VENV)
	@$(BIN)/python -m venv $(PCX_VENV)
	@$(PCX_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  -c benchmarks/pcx-constraints.txt pcx && touch $@ || \
	  { rm -rf $(PCX_VENV); echo "pcx cannot be installed here" >&2; }

clean:  ## Remove what was built; runs stay.
	rm -rf $(VENV) $(PCX_VENV) build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
