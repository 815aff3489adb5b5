# The two commands: `make demo` and `make test`.  Python >= 3.11 and a package index is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PCX_VENV := .venv-bench-pc
RUNS ?= runs
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

MINUTES ?= 30

.PHONY: demo test test-slurm fuzz check format bench clean

# The newest run of either net; read when the recipe runs, after they are trained.
DEMO = $$(ls -d $(RUNS)/demo-deep/* | tail -n 1) $$(ls -d $(RUNS)/demo-shallow/* | tail -n 1)

demo: $(VENV)/.core  ## Train a deep and a shallow net on the embedded digits; numbers, figures and a report.
	$(BIN)/nnu train configs/quickstart.yaml name=demo-deep --out $(RUNS)
	$(BIN)/nnu train configs/quickstart.yaml name=demo-shallow network.hidden=[60] --out $(RUNS)
	$(BIN)/nnu runs --out $(RUNS)
	$(BIN)/nnu analyze $(DEMO)
	$(BIN)/nnu plot all $(DEMO) --out $(RUNS)/demo-figures
	$(BIN)/nnu report $(DEMO) --out $(RUNS)/demo-report.html

test: $(VENV)/.dev  ## Run the tests.
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

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

bench: $(VENV)/.bench $(PCX_VENV)/.made  ## Compare speed with PyTorch, Keras, pcx and others; some ten minutes.
	PCX_PYTHON=$(PCX_VENV)/bin/python $(BIN)/python -m benchmarks

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) must be Python 3.11 or newer. Try make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP_INSTALL) -e '.[dev]'
	@touch $(VENV)/.core $@

$(VENV)/.bench: $(VENV)/.core
	$(PIP_INSTALL) -e '.[bench]'
	@touch $@

# pcx needs an older JAX; without it the benchmark says what it skips.
$(PCX_VENV)/.made: $(VENV)/bin/python benchmarks/pcx-constraints.txt
	@rm -rf $(PCX_VENV)
	@$(BIN)/python -m venv $(PCX_VENV)
	@$(PCX_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  -c benchmarks/pcx-constraints.txt pcx && touch $@ || \
	  { rm -rf $(PCX_VENV); echo "pcx cannot be installed here" >&2; }

clean:  ## Remove what was built; runs stay.
	rm -rf $(VENV) $(PCX_VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
