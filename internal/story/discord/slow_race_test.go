//go:build race

package discord_test

// slower is how much slower this is than a program as people run it: the race detector, and beside it
// the tests of other packages.
const slower = 5
