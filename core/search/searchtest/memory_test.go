package searchtest

import (
	"testing"

	"guildhall/core/search"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) search.Index { return new(Memory) })
}
