# Two commands for newcomers: `make start` and `make test`. `make help` lists the rest.

PYTHON ?= python3
MINUTES ?= 60
PROGRAM := .venv/bin/simple-memory
DEV := .venv-dev/bin

.DEFAULT_GOAL := help
.PHONY: help start stop status install dev test check format lint types imports tests chaos soak docs bundles interop bench bench-growth bench-grown baseline bench-peers bench-retrieval lock clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' $(MAKEFILE_LIST) | awk '{ printf "  make %-15s", $$2; $$1 = $$2 = ""; print $$0 }'

start: install ## install into .venv, start the service in the background, show its status
	@$(PROGRAM) start --daemon
	@$(PROGRAM) status || test $$? -eq 150

stop: ## end the service
	@$(PROGRAM) stop

status: ## how the service is
	@$(PROGRAM) status

install: ## make .venv from the lock file, with Simple Memory in it
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer (Debian, Ubuntu: sudo apt-get install python3)." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py

dev: ## make .venv-dev, for the checks: the development packages, Simple Memory in place
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py --development

test: check ## everything that CI runs

check: lint types imports tests ## the same

lint: dev ## ruff: format and rules
	$(DEV)/ruff format --check .
	$(DEV)/ruff check .

types: dev ## mypy, strict
	$(DEV)/mypy

imports: dev ## the architecture, as import contracts
	$(DEV)/lint-imports

tests: dev ## pytest: two workers, random order, coverage
	$(DEV)/python -m pytest -n 2 --cov --cov-report=term

chaos: dev ## the long rounds of faults, which `make test` leaves out
	$(DEV)/python -m pytest -n 2 -m chaos --timeout 1800

soak: dev ## an hour of appends (MINUTES=5: less), and the memory over it as docs/soak.svg
	$(DEV)/python -m scripts.soak --minutes $(MINUTES)

format: dev ## let ruff format and mend what it can
	$(DEV)/ruff format .
	$(DEV)/ruff check --fix .

docs: dev ## write the generated pages: docs/cli.md, docs/faults.md, docs/schema.md
	$(DEV)/python -m scripts.docs

bundles: dev ## write the manifests of plugin, extension and registry; pack the bundle into dist/
	$(DEV)/python -m scripts.bundles

interop: dev ## let the official suites and real agents from npm meet the server; writes docs/interop.md
	$(DEV)/python -m scripts.interop

bench: dev ## measure the budgets (MESSAGES=300000: on more); writes docs/performance.md
	$(DEV)/python -m bench $(if $(MESSAGES),--messages $(MESSAGES))

bench-growth: dev ## the same at 10 k to 1 M messages (MESSAGES=3000000: at one size)
	$(DEV)/python -m bench.growth $(if $(MESSAGES),--messages $(MESSAGES))

bench-grown: dev ## grow a memory in ten steps of a million messages in the folder PLACE, and measure it (hours, 40 GB)
	$(DEV)/python -m bench.grown --place $(PLACE)

bench-peers: dev ## beside what a user would have instead, from the registries; writes docs/performance.md
	$(DEV)/python -m bench.peers $(if $(MESSAGES),--messages $(MESSAGES))

baseline: dev ## count the instructions of the hot paths anew, as what the tests compare with
	$(DEV)/python -m bench.instructions --record

bench-retrieval: dev ## measure how well search ranks, beside what one would have else; writes docs/search.md
	$(DEV)/python -m bench.retrieval
	$(DEV)/python -m scripts.docs

lock: dev ## resolve requirements/*.txt anew
	$(DEV)/python -m scripts.lock

clean: ## remove what the checks leave; the environments, the service and its data stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* build dist
