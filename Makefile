# Everything is built with one set of flags for the C parts, so that nothing is built twice: no debug information, and -O1, which
# compiles them in less than half the time. Whoever calls go directly sets the same flags: eval "$(make env)".
export CGO_CFLAGS := -O1 -g0
export CGO_CXXFLAGS := -O1 -g0

PROGRESS := internal/scripts/progress "compiling; C parts take minutes, once"
STORES := go run ./internal/teststores/with
FUZZTIME := 30s
TESTFLAGS :=
# The go command leaves folders named testdata out of ./...
PACKAGES := ./... ./testdata/demo ./testdata/tpc ./testdata/tpch ./testdata/tpcds

.PHONY: help build demo test clients unit check golden bench fuzz env clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 15

build: ## build bin/meshgate
	@$(PROGRESS) go build -v -o bin/meshgate ./cmd/meshgate

demo: build ## run the demo: an embedded mesh, a tour, then serve until Ctrl-C
	@bin/meshgate demo

test: build ## run all tests, with private PostgreSQL and MariaDB servers (installs their Debian packages when missing)
	@$(STORES) go test -timeout 30m $(TESTFLAGS) $(PACKAGES)

clients: build ## let the clients of docs/clients.md do their work; those that cannot be installed here are skipped
	@$(STORES) go test -timeout 60m -count 1 -v -run 'TestPrograms|TestReplay' ./cmd/meshgate -clients $(TESTFLAGS)

unit: build ## run the tests that need no server
	@go test $(TESTFLAGS) $(PACKAGES)

check: build ## vet, staticcheck, gofumpt, structural tests
	go vet $(PACKAGES)
	go tool staticcheck $(PACKAGES)
	@unformatted=$$(go tool gofumpt -l .); [ -z "$$unformatted" ] || { echo "not formatted by gofumpt:" $$unformatted; exit 1; }
	go test ./internal/structure

golden: build ## write what tests expect anew from what the code does: read the difference before you commit it
	@$(STORES) go test $$(grep -rlE 'datadriven"|wire/wiretest"|flag\.Bool\("rewrite"' --include='*_test.go' . | xargs -n 1 dirname | sort -u) -rewrite

bench: build ## run the benchmarks
	@$(STORES) go test -run '^$$' -bench . -benchmem -timeout 60m ./...

fuzz: build ## run each fuzz target for FUZZTIME (30s)
	@internal/scripts/fuzz $(FUZZTIME)
	@MESHGATE_RANDOM=3000 MESHGATE_SEED=$$(date +%s) $(STORES) go test -timeout 30m ./cmd/meshgate -run TestRandomQueries

env: ## print the flags of the C parts, for a shell
	@echo "export CGO_CFLAGS='$(CGO_CFLAGS)' CGO_CXXFLAGS='$(CGO_CXXFLAGS)'"

clean: ## remove what was built
	@rm -rf bin
