# Everything from nothing: `make run` starts the product, `make test` proves it. A second run installs nothing again.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
JOBS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

INSTALLED := $(VENV)/.installed
MODULES := node_modules/.installed
MINI := miniprogram/node_modules/.installed
ASSETS := web/assets/dist/manifest.json
READY := $(INSTALLED) $(ASSETS)

.DEFAULT_GOAL := help
.PHONY: help run test test-slow check bench bench-memory bench-growth bench-pages requirements screenshots accessibility fmt assets openapi lock

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(READY) ## start everything at http://127.0.0.1:8000 (PORT=, GREENLANE_DATA=)
	@exec $(PY) -m cli dev

test: $(READY) $(MINI) ## all tests but the slow ones
	npm --prefix miniprogram test --silent
	$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 15 -m "not slow"

test-slow: $(READY) ## the suites that take their time
	$(PY) -m pytest -m slow

check: $(READY) $(MINI) ## what needs no running product: style, types, import rules, drift
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy app.py cli.py development.py worker.py config models services sms qr web wechat console sandbox
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/unit/test_house_rules.py tests/integration/test_migrations.py
	$(PY) -m cli openapi --check
	npm --prefix miniprogram run check --silent

bench: $(READY) ## ratios against the floors (needs wrk; some minutes): docs/performance.md
	$(PY) -m bench

bench-memory: $(READY) ## what a web process keeps after 50,000 requests
	$(PY) -m bench --memory

bench-growth: $(READY) ## the hot verbs at ten thousand and at a million rows, and what their plans read
	$(PY) -m bench.growth

bench-pages: $(READY) ## weight and paint of phone pages on slow 4G, server time of desk pages at 1,000,000 cases: docs/performance.md
	$(PY) -m bench.pages

requirements: $(READY) ## ids of the requirements that no test is marked with
	@$(PY) -m tests.requirements ../shared/requirements

screenshots: $(READY) ## a gallery of every page, light, dark and in large type: test-results/gallery/index.html
	GREENLANE_GALLERY=test-results/gallery $(PY) -m pytest -q tests/gallery

accessibility: $(READY) ## what axe and our own checks say of every page; some minutes
	$(PY) -m pytest -q tests/gallery

fmt: $(INSTALLED) ## mend what ruff can mend
	$(VENV)/bin/ruff check --fix .

assets: $(ASSETS) ## what pages load, under web/assets/dist

openapi: $(READY) ## write docs/openapi.json
	$(PY) -m cli openapi

lock: $(INSTALLED) ## pin the dependencies again, with hashes and without registry hosts
	$(PY) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --python-version 3.11 -o requirements.lock --no-header -q

$(INSTALLED): requirements.lock pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --no-deps -e .
	@touch $@

$(MODULES): package-lock.json package.json
	npm ci --no-audit --no-fund
	@touch $@

$(MINI): miniprogram/package-lock.json miniprogram/package.json
	npm --prefix miniprogram ci --no-audit --no-fund
	@touch $@

$(ASSETS): $(INSTALLED) $(MODULES) $(wildcard web/assets/*.py web/assets/*.txt web/assets/src/* web/templates/*/*.html wechat/pages/templates/*.html wechat/pages/templates/*/*.html)
	$(PY) -m web.assets.build
	@touch $@
