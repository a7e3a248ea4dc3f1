// Package worktest runs the workers of jobs on the real queue of sqlstore, which neither of the two
// may know of the other.
package worktest
