# The README's commands, and what they are made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FOR_TESTS := $(VENV)/.installed-for-tests
QUESTION := samples/what_time_is_it.wav
# For example PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu".
PIP_ARGS ?=
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt $(PIP_ARGS)

.PHONY: demo test check run bench clean

# One whole turn on a recorded question, by the real `marvin run`.
demo: $(INSTALLED)
	@mkdir -p demo
	$(BIN)/marvin run --input $(QUESTION) --output demo/reply.wav --play
	@echo; echo "The question is $(QUESTION), the spoken reply demo/reply.wav."
	@$(BIN)/marvin devices || true

# Everything that must hold: linters, types, layers, tests.
test: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile

check: $(FOR_TESTS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

run: $(INSTALLED)
	$(BIN)/marvin run

# Marvin against others on this machine: a quarter of an hour with nothing else to do, the first
# time some minutes more. Installs the others into an environment of their own. For example BENCH_ARGS="--only start_up peers".
bench: $(FOR_TESTS)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) --editable '.[wake]'
	@touch $@

$(FOR_TESTS): $(INSTALLED)
	$(PIP) --editable '.[mms,wake]' --group dev
	@touch $@

clean:
	rm -rf $(VENV) demo
