# One command each. PORT, DATABASE_URL and every other setting may stand behind `make run`.
SHELL := /bin/sh
.DEFAULT_GOAL := run

# The first Python that is new enough.
FIND_PYTHON = for p in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; p=; done; \
	if [ -z "$$p" ]; then echo "make: Python 3.11 or newer is needed and none was found; name one by PYTHON=" >&2; exit 2; fi
VENV = .venv/bin/python
RUN_ENVIRONMENT = $(FIND_PYTHON); "$$p" -P platform/bootstrap.py requirements.txt
DEV_ENVIRONMENT = $(FIND_PYTHON); "$$p" -P platform/bootstrap.py requirements-dev.txt
# Modules go out in the order of tests/conftest.py, the longest first.
PYTEST = $(VENV) -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder

# Every process that a test or the supervisor starts finds our modules compiled.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test test-long bench drill shots lint clean environment

# Everything on this machine until Ctrl-C; `make run ONCE=1` runs the main job once and stops.
run:
	@$(RUN_ENVIRONMENT)
	@exec $(VENV) -m integration_platform.supervisor $(if $(ONCE),--once)

test: lint
	$(PYTEST)

# The same tests at their full size.
test-long: lint
	$(PYTEST) --long

lint: environment
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .

# What a document costs, as JSON lines; BENCH="--documents 100" for a shorter look.
bench: environment
	@$(VENV) -m tests.bench $(BENCH)

# Kill everything in turn and count what was doubled or lost; KILLS at each point, SEED for the
# order; CONTROLS=1 switches each protection off instead and wants to see the drill turn red.
drill: environment
	@$(VENV) -m tests.drill --kills $(or $(KILLS),20) --seed $(or $(SEED),1) $(if $(CONTROLS),--controls)

# Pictures of the pages, into shots/.
shots: environment
	$(PYTEST) -m shots -n 0

environment:
	@$(DEV_ENVIRONMENT)

# Caches only: data stays in .run, the environment in .venv.
clean:
	rm -rf .pytest_cache .ruff_cache .hypothesis staticfiles shots
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
