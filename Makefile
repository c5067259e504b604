# Everything a person does with Holdfast. `make` alone prints this list. RUN=directory chooses another stack than .run.

RUN ?= .run
SERVICE ?=
SUB ?=
ROLES ?= user
TTL ?= 24h
ARGS ?=
SEEDS ?= 1000
FIRST ?= 0
SINCE ?=
EVENT ?=
NAME ?=
export RUN SERVICE SUB ROLES TTL SINCE EVENT NAME

# Ctrl-C waits until the command listens to it: Python itself would answer with a traceback (deploy/interrupts.py)
PYTHON := env --block-signal=INT .venv/bin/python
LOCAL := $(PYTHON) -m deploy.local --run "$$RUN"
SETUP := @deploy/local/setup.sh

.DEFAULT_GOAL := help
.PHONY: help up down clean restart status parked logs token subscriber topology republish reseal gift-cards demo verify bench drill test test-long test-unit simulate lint format
.PHONY: types docs lock setup

##@ Run it

up: ## Bring everything up: servers, databases, broker, services, gateway (installs what is missing)
	$(SETUP)
	@$(LOCAL) up

demo: ## Play the money story through the gateway and show each event and each cent
	$(SETUP)
	@$(PYTHON) -m deploy.demo --run "$$RUN" $(ARGS)

verify: ## Prove the books of the running system; fails with the rows that do not add up
	$(SETUP)
	@$(PYTHON) -m deploy.verify --run "$$RUN" $(ARGS)

down: ## Stop what up started and nothing else; the data stays
	$(SETUP) python
	@$(LOCAL) down

clean: ## Stop it and remove its data, keys, passwords and logs
	$(SETUP) python
	@$(LOCAL) clean

topology: ## Declare what is missing of the broker's queues, bindings and users; make up does it too
	$(SETUP) python
	@$(PYTHON) -m deploy.topology

republish: ## Send events again whose consumer was not bound: SINCE=2h or SINCE=2026-11-28T10:00:00Z, SERVICE=orders EVENT=order.paid
	$(SETUP) python
	@$(PYTHON) -m deploy.republish --since "$$SINCE" --service "$$SERVICE" --event "$$EVENT"

reseal: ## Seal hand-overs of accounts with the newest key, when a key is replaced: docs/production.md
	$(SETUP) python
	@$(PYTHON) -m deploy.reseal

gift-cards: ## Issue gift cards and print their PINs once: CURRENCY=MYR AMOUNT=5000 (minor units each) COUNT=10
	$(SETUP) python
	@$(PYTHON) -m deploy.gift_cards --currency "$$CURRENCY" --amount "$$AMOUNT" --count "$$COUNT"

##@ Look at it

status: ## Servers and services: since when, on which port, ready or why not
	$(SETUP) python
	@$(LOCAL) status

parked: ## Messages that no service could handle and that wait for an operator, of all services
	$(SETUP) python
	@$(LOCAL) parked

logs: ## The last log lines; SERVICE=orders for one, ARGS=--follow to go on
	$(SETUP) python
	@$(LOCAL) logs $(ARGS) "$$SERVICE"

token: ## Print a token and nothing else: SUB=alice ROLES=user,support TTL=24h
	$(SETUP) python
	@$(LOCAL) token --sub "$$SUB" --roles "$$ROLES" --ttl "$$TTL"

subscriber: ## A broker user for a service of yours that listens to events: NAME=mailer
	$(SETUP) python
	@$(LOCAL) subscriber "$$NAME"

restart: ## Start one program again: SERVICE=orders
	$(SETUP) python
	@$(LOCAL) restart "$$SERVICE"

##@ Change it

test: ## Everything that CI runs: style, types, import rules, unit tests, then tests on a running stack of their own
	$(SETUP)
	@deploy/local/checks.sh all

test-long: ## The same with large numbers and other chance, which it prints: EFFORT=20 says how often, SEED=7 repeats
	$(SETUP)
	@EFFORT="$${EFFORT:-20}" deploy/local/checks.sh long

test-unit: ## Only what needs no server: style, types, import rules, unit, tidy and contract tests
	$(SETUP) python
	@deploy/local/checks.sh quick

simulate: ## Play orders, payments, disputes and timers in memory with everything going wrong: SEEDS=5000 FIRST=0
	$(SETUP) python
	@$(PYTHON) -m tests.simulation --seeds "$(SEEDS)" --first "$(FIRST)"

bench: ## Measure how fast it is here beside what database and broker could do; a stack of its own; EFFORT=4 for longer
	$(SETUP)
	@$(PYTHON) -m tests.bench $(ARGS)

drill: ## Kill, cut, freeze and flood a system of its own, then prove the books: SEED=7 repeats, DURATION=30 is shorter
	$(SETUP)
	@$(PYTHON) -m deploy.drill --duration "$${DURATION:-120}" --seed "$${SEED:-}" $(ARGS)

lint: ## Style and import rules
	$(SETUP) python
	@deploy/local/checks.sh lint

types: ## Types, strictly
	$(SETUP) python
	@deploy/local/checks.sh types

format: ## Put the code into the house's format
	$(SETUP) python
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format .

docs: ## Write the pages and documents in docs/ that are made from the code
	$(SETUP) python
	@$(PYTHON) -m deploy.docs

lock: ## Compile the requirements again, with the hash of every package
	$(SETUP) python
	@deploy/local/lock.sh $(ARGS)

setup: ## Only prepare this machine: Python environment and Debian packages
	$(SETUP)
	@echo "Ready. Next: make up"

help:
	@awk 'BEGIN {FS = ":.*## "; print "Holdfast: the back end of a protected marketplace."} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2} \
	  END {print "\nFirst time: make up, then make demo. Another stack beside this one: make up RUN=.run/other"}' Makefile
