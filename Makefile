# Guildhall needs only Go to build. `make` by itself lists what there is to make.

# Where Go was unpacked as its own instructions say, but not put on the PATH.
export PATH := $(PATH):/usr/local/go/bin
# Some CI runs without a home; Go wants somewhere to cache.
export HOME ?= $(CURDIR)/.cache

.PHONY: help build test quick lint format tools clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

build:  ## bin/guildhall, as it is released: one file, no C library
	CGO_ENABLED=0 go build -trimpath -tags goolm -o bin/guildhall ./cmd/guildhall

test: tools  ## everything, as CI runs it; on Debian, as root, it installs what it needs
	@go build -buildvcs=false -o .cache/bin/testrun ./internal/testrun
	@.cache/bin/testrun

quick:  ## the edit-test loop: no servers, no race detector, only what has changed
	@mkdir -p .cache/bin && go build -buildvcs=false -o .cache/bin/testrun ./internal/testrun
	@.cache/bin/testrun -quick

lint: ## golangci-lint alone
	@scripts/tool golangci-lint
	.cache/bin/golangci-lint run ./...

format:  ## gofmt all Go files
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

tools:  ## what the tests need beside Go: programs of the system, and tools built from tools/
	@scripts/need gcc postgres chromium
	@scripts/tool golangci-lint
	@scripts/tool dendrite

clean:  ## remove what was built
	rm -rf bin .cache
