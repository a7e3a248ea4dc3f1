# make test   everything, as CI runs it: installs on Debian what it needs
# make quick  the edit-test loop: no race detector, what has not changed is not run again
export PATH := $(PATH):/usr/local/go/bin

.PHONY: test quick check

test: check
	CGO_ENABLED=1 go run ./internal/testrun -race -count=1 -timeout=10m ./...

check:
	@sh scripts/need
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	CGO_ENABLED=0 go build ./...
	go vet ./...

quick:
	go test ./...
