// Package bench measures what the store, the queue and the engine do in a second, beside how often
// the same disk makes 4 kB durable in that second:
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 3s
//
// The machine's disk is most of what binds them, so the figures that travel are the ratios. Their
// metrics are commands/s or items/s, syncs/s (the disk alone), per-sync (the one by the other), and
// cpu-µs, the processor time of each in this process, which a busy machine changes least.
package bench
