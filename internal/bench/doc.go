// Package bench measures what the store, the queue and the engine do in a second, beside how often
// the same disk makes 4 kB durable in that second:
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 3s
//
// BenchmarkDigests is of another kind: how long a morning takes on which everybody in a community gets
// their digest. GUILDHALL_BENCH_LARGE=1 has it do 100,000 members among 1,000,000 records, too. So is
// BenchmarkFind: how long half and 99 of 100 questions of each sort take at most, among 100,000 records
// and, likewise, among 1,000,000. GUILDHALL_BENCH_SQLITE and GUILDHALL_BENCH_POSTGRES name databases that
// it keeps for the next time; with those, ask for one size.
//
// The machine's disk is most of what binds them, so the figures that travel are the ratios. Their
// metrics are commands/s or items/s, syncs/s (the disk alone), per-sync (the one by the other), and
// cpu-µs, the processor time of each in this process, which a busy machine changes least.
// statements/op counts what is asked of the database, trips/op how often Postgres is waited for, and resident-MB is
// the memory of this process. What takes long is asked for by name: GUILDHALL_BENCH_RECORDS=1000000
// with -bench AskAmong, GUILDHALL_BENCH_COMMUNITIES=1000 with -bench Command.
package bench
