# make run    the dashboard on http://localhost:8501
# make test   everything the tests need, then the tests
# make check  ruff and mypy
# make bench  benchmarks: the engine against plain geopandas, its memory, a batch on all cores,
#             a slider step in the browser, the first paint of every page, ten people at once,
#             events in zones (two million against geopandas, fifty million streamed, Dask workers),
#             the memory of fetching a month of days
# make clean  remove what these commands installed

SHELL := /bin/sh
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: run test check bench clean python scripts npm chromium

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CHROMIUM := command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome
fail = { echo "make: $(1)" >&2; exit 1; }
define from_distribution
command -v apt-get >/dev/null || $(call fail,$(1) is missing: install it with your system's package manager.); \
if [ "$$(id -u)" = 0 ]; then as_root=; \
elif command -v sudo >/dev/null; then as_root=sudo; \
else $(call fail,$(1) is missing and installing it needs root: run apt-get install $(1) as root.); fi; \
echo "Installing $(1) from the distribution's packages (once) …"; \
{ $$as_root apt-get update -qq && \
  DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends $(1) >/dev/null; } || \
  $(call fail,$(1) could not be installed from the distribution's packages (see above).);
endef

run: $(VENV)/.runtime scripts
	@$(BIN)/python -m streamlit run app.py

test: $(VENV)/.test npm scripts chromium
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

bench: $(VENV)/.test npm scripts chromium
	@$(BIN)/python -m tests.bench.scenario_speed
	@$(BIN)/python -m tests.bench.memory
	@$(BIN)/python -m tests.bench.batch_speed
	@$(BIN)/python -m tests.bench.slider_latency
	@$(BIN)/python -m tests.bench.first_paint
	@$(BIN)/python -m tests.bench.ten_people
	@$(BIN)/python -m tests.bench.picture_speed
	@$(BIN)/python -m tests.bench.events_speed
	@$(BIN)/python -m tests.bench.events_scale
	@$(BIN)/python -m tests.bench.fetch_memory

clean:
	rm -rf $(VENV) node_modules static/vendor static/base build *.egg-info

python:
	@command -v $(PYTHON) >/dev/null || \
	  $(call fail,Python is missing: install Python 3.11 or newer (on Debian: apt-get install python3 python3-venv).)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  $(call fail,Python 3.11 or newer is needed and $(PYTHON) is older: name a newer one with make PYTHON=python3.12.)
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  $(call fail,Python cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv).)

$(BIN)/python: | python
	@echo "Making the virtual environment …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing Python packages (once) …"
	@$(PIP) install -r requirements.txt || \
	  $(call fail,The Python packages could not be installed: the package index is out of reach or the disk is full (see above).)
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.runtime
	@echo "Installing what the tests need (once) …"
	@$(PIP) install '.[test]' || \
	  $(call fail,The packages for the tests could not be installed (see above).)
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.test
	@echo "Installing ruff and mypy (once) …"
	@$(PIP) install '.[dev]' || $(call fail,ruff and mypy could not be installed (see above).)
	@touch $@

# The map's browser scripts. Without them the dashboard still runs, and says that the map then
# comes from a public CDN: so this never stops `make run`.
scripts:
	@if [ ! -f static/vendor/.stamp ] || [ package-lock.json -nt static/vendor/.stamp ]; then \
	  if ! command -v npm >/dev/null; then \
	    echo "make: npm is missing, so the map's scripts will come from the public CDN (on Debian: apt-get install npm)." >&2; \
	  elif npm ci --ignore-scripts --no-audit --no-fund --silent && \
	       rm -rf static/vendor && mkdir -p static/vendor && \
	       cp node_modules/leaflet/dist/leaflet.js node_modules/leaflet/dist/leaflet.css static/vendor/ && \
	       cp node_modules/leaflet-draw/dist/leaflet.draw.js node_modules/leaflet-draw/dist/leaflet.draw.css static/vendor/ && \
	       cp -R node_modules/leaflet/dist/images static/vendor/ && \
	       cp node_modules/leaflet-draw/dist/images/spritesheet* static/vendor/images/; then \
	    touch static/vendor/.stamp; \
	  else \
	    echo "make: npm could not fetch the map's scripts, so they will come from the public CDN; try again with the network up." >&2; \
	  fi; \
	fi

# The browser tests block every host but the app's own, so they need the scripts and a browser here.
npm:
	@command -v npm >/dev/null || { $(call from_distribution,npm) }

chromium:
	@{ $(CHROMIUM); } >/dev/null || { $(call from_distribution,chromium) }
