//go:build !race

package discord_test

// slower is how much slower this is than a program as people run it.
const slower = 1
