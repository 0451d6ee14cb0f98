# Every target sets itself up. What is built once per Airflow is in the user's cache folder; the rest is in .venv and .tox.
.DEFAULT_GOAL := help
.PHONY: help verify verdict run-verify test bench docs photos lock clean
.DELETE_ON_ERROR:

# A Python counts when it runs, not when it is on PATH: pyenv puts names there that only print a message.
PYTHONS = python3.11 python3.12 python3.10 python3.13 $(wildcard $(foreach v,3.11 3.12 3.10 3.13,$(HOME)/.pyenv/versions/$(v)*/bin/python))
PYTHON = $(firstword $(foreach p,$(PYTHONS),$(if $(shell $(p) -c '' 2>/dev/null && echo runs),$(p))))
READY = .venv/ready
EXIT_CODE = .venv/verify-exit-code

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

verify: verdict ## simulate and check: the reference DAGs, or DAGS=folder [AIRFLOW=2.11] [OPTIONS="--case ID"]; exits 0, 1 or 2
	$(if $(filter 0,$(CODE)),,$(if $(filter 1,$(CODE)),exit 1,$(error verify could not tell (exit code $(CODE)))))

# make itself exits 2 whatever a recipe exits with, and 1 only in question mode (-q) when there was something left to do.
# So `verify` is asked in question mode: the work is done by another make, which writes the exit code down, and for a
# folder that does not conform something "is left to do".
ifeq ($(MAKECMDGOALS),verify)
MAKEFLAGS += -q
endif
CODE = $(or $(shell cat $(EXIT_CODE) 2>/dev/null),2)

# A misspelt variable would be passed over, and the reference DAGs taken for the user's.
TAKEN = DAGS AIRFLOW OPTIONS COUNTS PYTHON
GIVEN = $(foreach v,$(.VARIABLES),$(if $(findstring command line,$(origin $v)),$v))
$(if $(filter-out $(TAKEN),$(GIVEN)),$(error There is no $(firstword $(filter-out $(TAKEN),$(GIVEN)))=…: give DAGS=, AIRFLOW=, OPTIONS= or COUNTS=))

verdict:
	+@rm -f $(EXIT_CODE); MAKEFLAGS= $(MAKE) --no-print-directory run-verify || true

run-verify: $(READY)
	@.venv/bin/airflow-conformance verify $(if $(DAGS),"$(DAGS)") $(if $(AIRFLOW),--airflow $(AIRFLOW)) $(OPTIONS); echo $$? > $(EXIT_CODE)

test: $(READY) ## everything: each Airflow that has pins, lint, docs, package
	.venv/bin/tox run

bench: $(READY) ## simulated runs beside DAG.test(); an upgrade, a large page; folders of [COUNTS="10 100"] DAGs
	.venv/bin/tox run -e bench $(if $(COUNTS),-- $(COUNTS))

docs: $(READY) ## run every case on every Airflow, and write the generated pages in docs/ again
	.venv/bin/tox exec -e docs -- python -m workshop.draw_pictures
	.venv/bin/python -m workshop.matrix
	.venv/bin/tox exec -e docs -- python -m workshop.docs

photos: $(READY) ## take the pictures of the README again; needs Chromium
	.venv/bin/python -m workshop.photograph

lock: $(READY) ## resolve the pins in fixtures/constraints/ again
	.venv/bin/tox run -e lock

clean: ## remove what the targets made in this folder
	rm -rf .venv .tox .mypy_cache .pytest_cache .ruff_cache .hypothesis dist report.jsonl

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python from 3.10 to 3.13 was found that runs, on PATH or under pyenv: install one." >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: apt install python3-venv" >&2; exit 2; }
	@echo "setting up .venv (once) …" >&2
	@rm -rf .venv && "$(PYTHON)" -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --editable ".[environments]" "tox>=4.23" "tox-uv>=1.16"
	@touch $@
