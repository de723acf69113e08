# newstrace: `make` alone prints the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo install test lint check lock crawl link refresh trace browse shots bench

VENV := .venv
PY := $(VENV)/bin/python
NEWSTRACE := $(VENV)/bin/newstrace
STAMP := $(VENV)/.installed
DB_FLAG := $(if $(DB),--db $(DB))

## help: print this list
help:
	@sed -n 's/^## //p' Makefile | awk -F': ' '{ printf "  make %-9s %s\n", $$1, $$2 }'

$(STAMP): requirements.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(VENV)
	@touch $(STAMP)

## install: create .venv with pinned, hashed requirements and the project in it
install: $(STAMP)

## demo: crawl the embedded press world into demo.db and print the chain it holds
demo: $(STAMP)
	@$(PY) -m demo.run --db demo.db

## test: run every test
test: $(STAMP)
	@$(PY) -m pytest

## lint: style, imports and formatting
lint: $(STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

## check: after editing sites.toml, outlets.toml or a wording: is the data right?
check: $(STAMP)
	@$(NEWSTRACE) sites check --offline
	@$(PY) -m pytest tests/crawler/test_sites.py tests/crawler/test_wordings.py tests/crawler/test_outlets.py \
	    tests/crawler/test_newsroom.py

## lock: pin the newest allowed requirements again, with hashes
lock: $(STAMP)
	@$(PY) -m piptools compile -q --upgrade --all-extras --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.txt pyproject.toml

## crawl: visit the sites of the catalogue that are due (DB=file to choose the database)
crawl: $(STAMP)
	@$(NEWSTRACE) $(DB_FLAG) crawl --due

## link: compare and link what is not linked yet
link: $(STAMP)
	@$(NEWSTRACE) $(DB_FLAG) link

## refresh: crawl what is due, then link
refresh: $(STAMP)
	@$(NEWSTRACE) $(DB_FLAG) crawl --due --no-link
	@$(NEWSTRACE) $(DB_FLAG) link

## trace: the chain behind URL=... (DB=demo.db for the demo)
trace: $(STAMP)
	@test -n "$(URL)" || { echo "say which page: make trace URL=https://... [DB=demo.db]" >&2; exit 2; }
	@$(NEWSTRACE) $(DB_FLAG) trace "$(URL)"

## browse: open the database in Datasette on localhost (demo.db unless DB=file)
browse: $(STAMP)
	@$(NEWSTRACE) --db $(or $(DB),demo.db) serve

## shots: save screenshots of every page into shots/, at three widths, light and dark, and the README's (needs chromium)
shots: $(STAMP)
	@$(PY) -m tests.browse.shots shots demo/screenshots

## bench: measure newstrace beside its peers, as ratios
bench: $(STAMP)
	@for b in bench/[a-z]*.py; do $(PY) $$b || exit 1; done
