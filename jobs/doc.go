// Package jobs works what happens later: it takes items from the work queue, runs their kinds'
// handlers, and queues what comes round regularly.
//
// A Runner takes the first items of lanes that are due, keeps their leases while their handlers
// run, and writes how each ended. What a handler writes and that its item is finished are one
// transaction, which fails when another worker has taken the lane over meanwhile. A handler may run
// more than once (a crash, a lost lease, an error): what it does outside the store it must be able
// to find again, by the item's key and its attempt.
//
// A Clock queues an item when a Schedule that people set up is due, once per period, and when a
// Task of the program's own upkeep is due by its cron line.
//
// # Goroutines
//
// Runner.Run owns all of its goroutines and returns when they have ended: the one that called it
// claims; one watches for new work; one renews leases; and each item that is being worked has two,
// one that waits for the handler and writes the outcome, and the handler's own, so that a handler
// that panics, ends its goroutine or never returns harms only its own item. A handler that does not
// return soon after its context has ended is left behind: its item counts as failed, and its lease
// is not ours any more. Clock.Run uses its caller's goroutine alone. Drain starts none but the
// handlers'.
package jobs
