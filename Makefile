# make test   everything, as CI runs it: installs on Debian what it needs
# make quick  the edit-test loop: SQLite, no race detector, no servers; what has not changed is not run again
# make build  bin/guildhall as it is released: one file, no C library, encrypted Matrix rooms
# make lint   golangci-lint, built once from tools/
# make faults what make test does for seconds, for hours: the program killed 1,000 times on each store, under load, kept busy for an hour, every parser fuzzed for a minute
# make vulnerable  what is known to be vulnerable in what the program calls; its list is on the network
# make load   many people at once on every platform, beside bare echoes: a table, and docs/load.svg
# make bench  how fast it is on this machine, beside its disk
export PATH := $(PATH):/usr/local/go/bin
# Some CI runs without a home; Go wants somewhere to cache.
export HOME ?= $(CURDIR)/.cache

.PHONY: test quick check build lint faults vulnerable bench load

test: check
	CGO_ENABLED=1 go run ./internal/testrun -race -tags goolm -count=1 -timeout=14m ./...

# A plain build is what people try first; the tests run with encryption.
check:
	@sh scripts/need
	@unformatted="$$(gofmt -l $$(go list -f '{{.Dir}}' ./...))"; if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	@sh scripts/tool dendrite
	@sh scripts/tool mailpit
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 go vet ./...

quick:
	go test -short ./...

build:
	CGO_ENABLED=0 go build -trimpath -tags goolm -o bin/guildhall ./cmd/guildhall

lint:
	@sh scripts/tool golangci-lint
	.cache/bin/golangci-lint run ./...

KILLS ?= 1000
SOAK ?= 60m
FUZZ ?= 1m
faults:
	GUILDHALL_TEST_KILLS=$(KILLS) go test ./cmd/guildhall -run 'TestNothingIsLostOrDoubled|TestTwoOfThree|TestKilled' -v -timeout 6h
	GUILDHALL_TEST_SOAK=$(SOAK) go test ./cmd/guildhall -run TestMemoryStaysFlat -v -timeout 2h
	@sh scripts/fuzz $(FUZZ)
	@sh scripts/vulnerable

vulnerable:
	@sh scripts/vulnerable

bench:
	go test ./internal/bench -run '^$$' -bench . -benchtime 2s

# LOAD='-spaces 1 -rate 1000 -for 30s' asks for something else; go run ./internal/load -h says what.
load:
	go run ./internal/load -svg docs/load.svg $(LOAD)
