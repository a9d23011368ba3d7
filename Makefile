# The tasks of this project. All of them need Go and make, nothing else.

GO           ?= go
FUZZTIME     ?= 20000x
TEST_TIMEOUT ?= 30m
# Flags for `awsmfa sandbox`, for example: make sandbox ARGS="--stack prod --preview"
ARGS         ?=

GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
ACTIONLINT  := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
# Names a remote, without which goreleaser knows no commit.
GORELEASER  := GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url \
	GIT_CONFIG_VALUE_0=https://github.com/aws-cli-mfa/aws-cli-mfa.git \
	$(GO) tool -modfile=tools/release/go.mod goreleaser

# Go's race detector needs cgo, which Go turns off where there is no C compiler.
RACE := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# Without the race detector: what computes for a long time in one goroutine (all of
# policy is like that), and the program as a whole, whose packages have it.
PURE  := ^TestOrderLocksNobodyOut$$
WHOLE := /policy$$|/tests(/|$$)

# awsmfa and what it does differently on Windows.
PEOPLE := ./cmd/awsmfa $(addprefix ./internal/,awsconfig credentialprocess environment mfadevice onboarding output \
	private program sdkconfig)

.DEFAULT_GOAL := help
.PHONY: help build sandbox test test-windows mutants bench torture lint cross fmt fuzz vuln release reproduce publish

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build awsmfa and awsmfa-sandbox into bin/.
	@$(GO) build -o bin/ ./cmd/...

sandbox: build ## Deploy stack dev for real on this machine, without an AWS account.
	@bin/awsmfa sandbox $(ARGS)

test: ## Run all tests, the real Pulumi engine end to end included.
	@$(GO) run ./internal/sandbox/engine/ensurecli >/dev/null
	$(GO) test $(RACE) -timeout $(TEST_TIMEOUT) -skip '$(PURE)' $$($(GO) list ./... | grep -Ev '$(WHOLE)')
	$(GO) test -timeout $(TEST_TIMEOUT) -parallel 4 ./policy ./tests
	$(GO) test -timeout $(TEST_TIMEOUT) -run '$(PURE)' ./stack
	@$(GO) run ./internal/clienttest/nottried

test-windows: ## Run the tests of awsmfa under Wine, and awsmfa.exe (minutes, not part of CI).
	tests/windows $(PEOPLE)

mutants: ## Try every token of the golden documents, and every stack file of a table, not some (a minute).
	AWSMFA_MUTANTS=all $(GO) test -count=1 -run '^TestProofKillsEveryMutant$$' -v ./tests
	AWSMFA_MUTANTS=all $(GO) test -count=1 -run '^TestReadAsPulumi$$' ./internal/stackconfig

bench: ## Measure against others and write docs/benchmarks.md (15 minutes, nothing else running).
	@$(GO) run ./internal/sandbox/engine/ensurecli >/dev/null
	AWSMFA_BENCH=all $(GO) test -count=1 -timeout 1h -run '^TestBench$$' -v ./tests/bench

torture: ## Fail every write of every change, have thieves and people do their worst, and count (8 minutes).
	@$(GO) run ./internal/sandbox/engine/ensurecli >/dev/null
	@mkdir -p .sandbox && rm -f .sandbox/torture; \
	AWSMFA_TORTURE=$(CURDIR)/.sandbox/torture $(GO) test -timeout 1h -parallel 5 -count 1 \
		-run '^(TestLockout|TestTorture|TestOrderLocksNobodyOut)$$' ./stack ./tests; status=$$?; \
	{ echo "what scenarios faults lock-outs doors-open files-lost"; cat .sandbox/torture; } | awk ' \
		NR == 1 { printf "%-34s %9s %9s %9s %11s %11s\n", $$1, $$2, $$3, $$4, $$5, $$6; next } \
		{ print; n = NF - ($$NF == "FAILED"); for (i = 0; i < 5; i++) sum[i] += $$(n - 4 + i) } \
		END { printf "%-34s %9d %9d %9d %11d %11d\n", "together", sum[0], sum[1], sum[2], sum[3], sum[4] }'; \
	exit $$status

lint: ## Check the format, then go vet, golangci-lint and actionlint.
	@files=$$($(GO) run $(GOFUMPT) -l .) && { test -z "$$files" || \
		{ printf 'not formatted (make fmt does it):\n%s\n' "$$files" >&2; exit 1; }; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run --allow-parallel-runners
	$(GO) run $(ACTIONLINT) -shellcheck= -pyflakes=

cross: ## Build and vet awsmfa for Windows and macOS.
	@for os in windows darwin; do \
		echo "GOOS=$$os"; \
		GOOS=$$os $(GO) vet $(PEOPLE) && GOOS=$$os $(GO) build -o /dev/null ./cmd/awsmfa || exit 1; \
	done

fmt: ## Format all Go code.
	$(GO) run $(GOFUMPT) -l -w .

fuzz: ## Run every fuzz target for FUZZTIME (20000x, or a time such as 30s).
	@targets=$$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort) || \
		{ echo 'make fuzz: there is no fuzz target' >&2; exit 1; }; \
	printf '%s\n' "$$targets" | while IFS=: read -r file target; do \
		name=$${target#func }; dir=$$(dirname "$$file"); \
		echo "$$name in $$dir for $(FUZZTIME)"; \
		$(GO) test "$$dir" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	done

vuln: ## Look for known vulnerabilities (needs the network, not part of CI).
	$(GO) run $(GOVULNCHECK) ./...

release: ## Build the archives of a release into dist/ (goreleaser is built first, minutes, once).
	$(GORELEASER) release --clean $(if $(shell git tag --points-at HEAD 'v*'),--skip=publish,--snapshot)

reproduce: ## Build the release twice, in two places, and compare every byte.
	$(GORELEASER) check --quiet
	tools/release/reproduce

publish: ## Build the release of the tag that HEAD has, and put it on GitHub (the workflow does that).
	$(GORELEASER) release --clean
