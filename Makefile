# Entry point of all tasks; `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Bytecode is written once, so that every later start is fast.
unexport PYTHONDONTWRITEBYTECODE

# Settings of other projects, which would replace these packages or install them elsewhere.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV

PYTHON ?= python3
STACK ?= dev

# Value as one word of the shell, with all of its characters, even if it has none.
quoted = '$(subst ','\'',$(1))'

BIN := .venv/bin
UV := $(BIN)/uv
LOCALSTACK := .venv-localstack
PLUGINS := localcloud/localstack/plugins
PINS := localcloud/localstack/requirements.txt

# Without headers or annotations, so that no address of a registry is written down.
COMPILE := $(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

.PHONY: help
help: ## List all targets
	@bold= plain=; [ ! -t 1 ] || [ "$${TERM:-dumb}" = dumb ] || { bold='\033[1m' plain='\033[0m'; }; \
	awk -v bold="$$bold" -v plain="$$plain" -F ':.*## ' \
	  '/^[a-z-]+:.*## / { printf "  %smake %-14s%s %s\n", bold, $$1, plain, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  \`$(BIN)/iris --help\` lists the commands of these targets, with all their options."

# --- environments -------------------------------------------------------------------------------------------

.PHONY: install
install: .venv/installed $(LOCALSTACK)/installed ## Install everything into this folder (other targets install what they need)

# An environment counts only with the interpreter, and in the folder, that it was made with. Pulumi makes one as well
# and stops half-way where it is interrupted; interpreters are upgraded away; folders are moved and copied.
IDENTITY := -I -c 'import sys, uv; print(sys.prefix, *sys.version.split())'
PACKAGES := $(wildcard .venv/lib/python*/site-packages)
MADE := $(shell cat .venv/bootstrapped 2>/dev/null)
ifneq ($(and $(wildcard $(UV)),$(MADE)),$(or $(shell $(BIN)/python $(IDENTITY) 2>/dev/null),unusable))
.PHONY: .venv/bootstrapped
endif

.venv/bootstrapped: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is required; this is " + sys.version.split()[0] + ". Set another with PYTHON=...")'
	@echo "Creating the environment .venv"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/python $(IDENTITY) > $@

# The folder of its packages is newer than the stamp where something else has installed into it or removed from it.
$(PACKAGES):

.venv/installed: .venv/bootstrapped requirements/project.txt pyproject.toml $(PACKAGES)
	@echo "Installing the project"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/project.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# The commands need half of what the tests need. Libraries that few of them need are installed by the first that does,
# and so nothing is removed here.
.venv/workstation: .venv/bootstrapped requirements/workstation.txt pyproject.toml $(PACKAGES)
	@echo "Installing the commands"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/workstation.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@# 33 MB of libraries' own tests, and 12 MB of zstandard for PyPy.
	@find .venv/lib/python*/site-packages/{numpy,scipy,sklearn} -type d -name tests -prune -exec rm -rf {} +
	@rm -f .venv/lib/python*/site-packages/zstandard/_cffi.*
	@touch $@

# Once all is installed, all is kept.
COMMANDS := $(if $(wildcard .venv/installed),.venv/installed,.venv/workstation)

$(LOCALSTACK)/installed: .venv/bootstrapped $(PINS) $(PLUGINS)/pyproject.toml
	@echo "Installing LocalStack into a separate environment"
	@$(UV) venv --quiet --clear --no-project --python $(BIN)/python $(LOCALSTACK)
	@$(UV) pip sync --quiet --python $(LOCALSTACK) --require-hashes --build-constraints $(PINS) $(PINS)
	@$(UV) pip install --quiet --python $(LOCALSTACK) --no-deps --editable $(PLUGINS)
	@# 26 MB of the help of the AWS CLI, which LocalStack requires.
	@rm -rf $(LOCALSTACK)/lib/python*/site-packages/awscli/examples
	@$(LOCALSTACK)/bin/python -m scalable_models_localstack.service_index
	@touch $@

# --- the local cloud ----------------------------------------------------------------------------------------

PORT ?= 8080
LOCALSTACK_PORT ?= 4566
COMPUTE ?=
CONFIG ?=
# Values may hold spaces, and characters that mean something to the shell or to make.
export IRIS_LOCAL_CONFIG = $(strip $(if $(COMPUTE),compute=$(COMPUTE)) $(value CONFIG))

.PHONY: up
up: $(COMMANDS) $(LOCALSTACK)/installed ## Start the whole stack on this machine, and print its URL (PORT=8080|free COMPUTE=fleet|lambda|both CONFIG="key=value ...")
	@$(BIN)/iris local up --port $(call quoted,$(PORT)) --localstack-port $(call quoted,$(LOCALSTACK_PORT))

.PHONY: status
status: ## Show instances, their health and recent events of the local cloud
	@test -x $(BIN)/iris || { echo 'The local cloud is down.'; exit 0; }; \
	$(MAKE) --silent $(COMMANDS) && { $(BIN)/iris local status || [[ $$? = [34] ]]; }

.PHONY: logs
logs: ## Follow the logs of the local cloud until Ctrl-C (NAMES="i-0a1b2c3d4e5f60718 firewall")
	@test -x $(BIN)/iris || { echo 'Error: the local cloud is down; start it with `make up`' >&2; exit 1; }
	@$(BIN)/iris local logs --follow $(foreach name,$(NAMES),$(call quoted,$(name)))

.PHONY: watch
watch: ## Show the fleet live on a page: requests, health, scaling, cost, attacks (ARGS="--terminal")
	@test -x $(BIN)/iris || { echo 'Error: the local cloud is down; start it with `make up`' >&2; exit 1; }
	@$(BIN)/iris local watch $(ARGS)

.PHONY: pictures
pictures: .venv/installed ## Photograph the page of the running local cloud for the documents, in 15 minutes (NAMES="attack phone")
	@$(BIN)/python -m tests.localstack.watch.pictures $(NAMES)

.PHONY: lesson
lesson: $(COMMANDS) ## List the lessons, or run one on the local cloud (NAME=balancing|all ARGS="--lang es")
	@$(BIN)/iris lesson $(if $(NAME),$(call quoted,$(NAME))) $(ARGS)

.PHONY: env
env: ## Print the environment variables of the AWS CLI for the local cloud: eval "$(make -s env)"
	@test -x $(BIN)/iris || { echo 'Error: the local cloud is down; start it with `make up`' >&2; exit 1; }
	@$(BIN)/iris local env

.PHONY: down
down: ## Stop everything that `make up` started
	@test -x $(BIN)/iris || { echo 'No local cloud was running.'; exit 0; }; \
	$(MAKE) --silent $(COMMANDS) && $(BIN)/iris local down

.PHONY: rollout
rollout: $(COMMANDS) ## Release what has changed gradually (ARCHIVE=file OPTIONS="--stack prod --strategy linear --step 20")
	@$(BIN)/iris rollout $(if $(ARCHIVE),--archive $(call quoted,$(ARCHIVE))) $(OPTIONS)

.PHONY: load
load: $(COMMANDS) ## Send requests to the local cloud at a rate, and verify each answer (ARGS="--ramp 10:300 --seconds 60")
	@$(BIN)/iris load $(ARGS)

# --- AWS ----------------------------------------------------------------------------------------------------

.PHONY: graph
graph: $(COMMANDS) ## Draw the architecture diagram from the Pulumi program
	@$(BIN)/iris graph

.PHONY: doctor
doctor: $(COMMANDS) ## Check everything that a deployment to AWS needs (STACK=dev)
	@$(BIN)/iris doctor --stack $(call quoted,$(STACK))

.PHONY: preview
preview: $(COMMANDS) ## Show the changes of a deployment (STACK=dev)
	@$(BIN)/iris deploy preview --stack $(call quoted,$(STACK))

.PHONY: deploy
deploy: $(COMMANDS) ## Create or update a stack on AWS (STACK=dev); shows the changes and asks first
	@$(BIN)/iris deploy up --stack $(call quoted,$(STACK)) $(if $(YES),--yes)

.PHONY: outputs
outputs: $(COMMANDS) ## Show the outputs of a stack on AWS (STACK=dev)
	@$(BIN)/iris deploy outputs --stack $(call quoted,$(STACK))

.PHONY: destroy
destroy: $(COMMANDS) ## Remove a stack from AWS (STACK=dev); asks first, and leaves no resource that costs
	@$(BIN)/iris deploy destroy --stack $(call quoted,$(STACK)) $(if $(YES),--yes)

# --- the model ----------------------------------------------------------------------------------------------

.PHONY: train
train: $(COMMANDS) ## Train the classifiers and export them (ARGS="--list", ARGS="--verify", ...)
	@$(BIN)/iris train $(ARGS)

.PHONY: pack
pack: $(COMMANDS) ## Pack the service into one archive (TARGET=local|aws-arm64|lambda-arm64|...)
	@$(BIN)/iris pack --target $(call quoted,$(or $(TARGET),local))

.PHONY: bench
bench: $(COMMANDS) ## Measure requests per second of this and other servers, and draw a chart (ARGS="--rounds 5 --only tutorial")
	@$(BIN)/iris bench service $(ARGS)

.PHONY: bench-coldstart
bench-coldstart: $(COMMANDS) ## Measure cold starts of the function, and draw a chart (RUNS=12)
	@$(BIN)/iris bench coldstart $(if $(RUNS),--runs $(call quoted,$(RUNS)))

# --- costs --------------------------------------------------------------------------------------------------

.PHONY: capacity
capacity: $(COMMANDS) ## Measure requests per second and vCPU on this machine, at a p99 target (ARGS="--p99-target 10")
	@$(BIN)/iris capacity $(ARGS)

.PHONY: cost
cost: $(COMMANDS) ## Compare costs, and update the figures in the documentation (ARGS="--rate 500 --peak-factor 4")
	@$(BIN)/iris cost $(ARGS)
	@$(BIN)/python -m scripts.cost.cli.readme

.PHONY: config-docs
config-docs: $(COMMANDS) ## Write Pulumi.yaml's config section, docs/configuration.md and docs/deployer-policy
	@$(BIN)/python -m scripts.program.config_docs
	@$(BIN)/python -m scripts.deploy.rights.write

# --- checks -------------------------------------------------------------------------------------------------

# Processes of the tests: three more than there are processors (tests/suite/grouping.py).
WORKERS ?= logical

PYTHONS_TESTS := tests/suite/test_pythons.py
CLIENTS_TESTS := tests/service/clients/test_clients.py tests/service/clients/test_open_inference_client.py
# The longest first, so that none is left for the end.
ENGINE_TESTS := tests/engine/test_changes.py tests/engine/test_commands.py tests/engine/test_orders.py \
	tests/engine/test_fresh_clone.py tests/engine/test_protection.py tests/engine/test_hidden_paths.py \
	tests/engine/test_local_stack_file.py

.PHONY: test
test: install ## Run the tests; they deploy to LocalStack, or to the endpoint in AWS_ENDPOINT_URL
	@$(BIN)/pytest --numprocesses $(WORKERS) $(addprefix --ignore=,$(PYTHONS_TESTS) $(CLIENTS_TESTS) $(ENGINE_TESTS))

.PHONY: test-pythons
test-pythons: .venv/installed ## Run the service's tests under each other Python that is on this machine
	@$(BIN)/pytest $(PYTHONS_TESTS)

.PHONY: test-clients
test-clients: install ## Generate clients in other languages and call every route with each (two minutes)
	@.ci/clients
	@$(BIN)/pytest $(CLIENTS_TESTS)

.PHONY: engine
engine: .venv/installed ## Find or install Pulumi's engine for test-engine, and print its folder
	@.ci/engine

.PHONY: test-engine
test-engine: .venv/installed ## Run deployments, changes and their orders by Pulumi's engine, if it is installed (ten minutes)
	@# The engine abandons the program of a deployment that fails or is killed, with its event loop open.
	@$(BIN)/pytest --numprocesses 2 -p no:unraisableexception $(ENGINE_TESTS)

.PHONY: check
check: .venv/installed ## Check style and run the fast tests, in a minute
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/pytest --numprocesses 2 --fast --quiet

.PHONY: lint
lint: install ## Check style, types and language
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/basedpyright --project $(PLUGINS)
	@$(BIN)/python -m tests.suite.language

.PHONY: hostile
hostile: .venv/installed ## Compare the fast path with the framework on REQUESTS=200000 hostile requests
	.venv/bin/pytest -q tests/service/fast_path/test_hostile_requests.py --timeout 0 --hostile-requests $(or $(REQUESTS),200000)

.PHONY: hostile-cloud
hostile-cloud: .venv/installed ## Send hostile requests through the load balancer of a local cloud for SECONDS=60
	.venv/bin/pytest -q tests/localstack/test_hostile_clients.py --timeout 0 --hostile-seconds $(or $(SECONDS),60)

.PHONY: audit
audit: .venv/installed ## Look for security advisories of all pinned dependencies (needs the internet)
	@$(BIN)/python -m scripts.audit

.PHONY: mutants
mutants: .venv/installed ## Run mutation tests of the pure modules (MODULE="infra.fleet.schedule ..." JOBS=1)
	@nice $(BIN)/mutmut run --max-children $(or $(JOBS),1) $(foreach module,$(MODULE),'$(module).*')
	@$(BIN)/mutmut results
	@$(BIN)/mutmut export-cicd-stats >/dev/null
	@$(BIN)/python -m tests.suite.mutation_score

EXTRAS := charts onnx skops

# What LocalStack requires for CloudFormation, Kinesis, OpenSearch and DynamoDB streams, which nothing here uses.
LOCALSTACK_UNUSED := aws-sam-translator cfn-lint kclpy-ext mpmath networkx opensearch-py pymongo sympy

# What Pulumi requires for `pulumi up --attach-debugger`.
WORKSTATION_UNUSED := debugpy

LOCALSTACK_NEWER := cbor2 certifi cffi cryptography docker h2 hypercorn idna jinja2 joserfc localstack-twisted \
  markupsafe multipart pyasn1 pygments pyopenssl python-dotenv pyyaml requests rolo service-identity urllib3 werkzeug

.PHONY: requirements
requirements: .venv/installed ## Update the pinned dependencies to their latest compatible versions, with hashes
	@$(COMPILE) --upgrade requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) --upgrade pyproject.toml --all-extras --group dev -o requirements/project.txt
	@$(COMPILE) pyproject.toml --extra workstation --constraint requirements/project.txt \
	  $(addprefix --no-emit-package ,$(WORKSTATION_UNUSED)) -o requirements/workstation.txt
	@for extra in $(EXTRAS); do $(COMPILE) pyproject.toml --extra $$extra --constraint requirements/project.txt \
	  -o requirements/extra-$$extra.txt || exit; done
	@$(BIN)/python -m scripts.deploy.pulumi_release "$$(sed -n 's/^pulumi==\([0-9.]*\).*/\1/p' requirements/project.txt)"
	@$(COMPILE) --upgrade requirements/deploy.in --constraint requirements/project.txt -o requirements/deploy.txt
	@$(COMPILE) --upgrade pyproject.toml --constraint requirements/project.txt -o requirements/service.txt
	@$(COMPILE) --upgrade requirements/function.in --constraint requirements/service.txt -o requirements/function.txt
	@$(COMPILE) --upgrade requirements/onnx.in --no-deps --constraint requirements/project.txt -o requirements/onnx.txt
	@$(COMPILE) --upgrade requirements/clients.in -o requirements/clients.txt
	@for pins in scripts/bench/serving/requirements/*.in; do $(COMPILE) --upgrade $$pins -o $${pins%.in}.txt || exit; done
	@# LocalStack's last open release runs only with the libraries of its time, except for those with advisories.
	@$(COMPILE) --upgrade --exclude-newer 2025-10-20 \
	  $(foreach package,$(LOCALSTACK_NEWER),--exclude-newer-package $(package)=$$(date -u +%F)) \
	  $(addprefix --no-emit-package ,$(LOCALSTACK_UNUSED)) localcloud/localstack/requirements.in -o $(PINS)

.PHONY: clean
clean: ## Stop the local cloud, and remove all build results and environments
	@! test -d .local || $(MAKE) --silent down
	@rm -rf .venv $(LOCALSTACK) build .local mutants .pytest_cache .ruff_cache .hypothesis
