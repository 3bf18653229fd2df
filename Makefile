# The commands of README.md. Each is idempotent, and prints what it does.
# STACK names the stack (default: local, on the embedded cluster); `STACK=dev make up` uses the
# current kubectl context. The work itself is in scripts/ and local/.

STACK ?= local
export STACK
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup up preview refresh rotate-secrets reset-offsets down verify test test-unit test-e2e test-long test-renames \
	test-interruptions lint bench outputs kubeconfig open logs status cluster-status render docs reset clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	@scripts/install-packages

up: setup ## stand the stack up (STACK=local also makes its cluster and images), print URLs and rows
	@scripts/stack up

preview: setup ## show what `make up` would change
	@scripts/stack preview

refresh: setup ## show what drifted in Kubernetes, Kafka, Druid and Superset
	@scripts/stack refresh

down: setup ## destroy the stack, prove that nothing is left; stop the embedded cluster
	@scripts/stack down

verify: setup ## prove the running stack end to end: events, rows, charts, latencies
	@scripts/stack verify

rotate-secrets: setup ## replace every password and key that the stack made, in all services that use them
	@scripts/stack rotate-secrets

reset-offsets: setup ## go on where Kafka deleted messages before Druid read them (STREAM=…: one stream); says how many
	@scripts/stack reset-offsets

open: setup ## forward Superset to localhost:8088 and Druid to localhost:8888 until Ctrl-C
	@scripts/stack open

outputs: setup ## print the stack's outputs as JSON (SHOW_SECRETS=1: with secrets)
	@scripts/stack outputs

kubeconfig: setup ## print the path of the embedded cluster's kubeconfig
	@scripts/stack kubeconfig

logs: setup ## print the logs of the embedded cluster and of the stack's pods
	@scripts/stack logs

status: setup ## show how the stack is: alerts, streams, task slots, pods, disks, versions (WATCH=1: live)
	@scripts/stack status

cluster-status: setup ## show which parts of the embedded cluster run, and its images
	@scripts/stack cluster-status

render: setup ## print every manifest of the stack, without a cluster
	@scripts/stack render

docs: setup ## write docs/configuration.md from the schemas, and docs/grafana/ from the metrics
	@node --import tsx scripts/configuration-docs.ts

test: setup ## lint, types, unit tests, and the end-to-end tests on the embedded cluster
	@scripts/test all

test-unit: setup ## lint, types and unit tests only
	@scripts/test unit

test-e2e: setup ## the end-to-end tests only
	@scripts/test e2e

test-long: setup ## the end-to-end tests that take minutes each, which `make test` leaves out
	@scripts/test long

test-renames: setup ## each combination of a stream's name, topic, datasource and dashboard renamed or kept
	@RENAMES=all scripts/test e2e tests/long/18-renames.cluster.test.ts

test-interruptions: setup ## up and destroy interrupted at each point by SIGINT and by SIGKILL
	@INTERRUPTIONS=all scripts/test e2e tests/long/06-recovery.cluster.test.ts

lint: setup ## Biome, tsc, shellcheck, ruff
	@scripts/lint

bench: setup ## measure the figures of docs/benchmarks.md on the running stack (BENCH="noop up": these only)
	@npm run --silent bench -- $(BENCH)

reset: setup ## delete the embedded cluster and its stacks; keep what was built
	@scripts/stack reset

clean: ## remove all that `make up` made for its own cluster: stacks, cluster, state, cache
	@scripts/stack clean
