package work

import "time"

// Claim is an item that one worker has. Until the lease ends nobody else gets it, nor anything
// behind it in its lane; once another has taken the lane over, Fence is no longer the lane's and
// nothing of the claim's outcome is accepted.
type Claim struct {
	Item
	Lane  int64
	Fence int64
	Owner string
}

// End is how a run ended.
type End int

// The ends.
const (
	Finished    End = iota // done; its key is remembered for a while
	Failed                 // again at Due; the attempt counts
	Postponed              // again at Due; the attempt does not count
	Died                   // kept with its cause, while its lane goes on
	Interrupted            // nobody knows how far it came: again at once, as after a crash
)

// String is the end as a word for logs and metrics.
func (e End) String() string {
	return [...]string{"finished", "failed", "postponed", "died", "interrupted"}[e]
}

// Outcome is what the queue is told about a claim.
type Outcome struct {
	Claim Claim
	End   End
	Due   time.Time // for Failed and Postponed
	Cause string    // for Failed, Postponed and Died
	Hold  bool      // with Postponed: all of the item's budget waits until Due
}

// Rate is the pace of a budget: one each Every, and up to Burst at once after a pause. With Every 0
// there is no pace but what a service asks for.
type Rate struct {
	Every time.Duration
	Burst int // 0 is 1
}

// Want is what a worker can take.
type Want struct {
	Owner string        // unique among all running workers
	Lease time.Duration // how long it keeps a lane without renewing
	Room  []Room        // per kind; kinds that are not named are left to others
	Most  int           // in all
	Rate  func(budget string) Rate
}

// Room is how many items of a kind can be taken.
type Room struct {
	Kind string
	N    int
}

// DeadItem is an item that was given up.
type DeadItem struct {
	Item
	Cause string
	Died  time.Time
}

// Count is how the queue stands for one kind.
type Count struct {
	Kind    string
	Waiting int64         // items that are neither finished nor dead
	Running int64         // lanes with a live lease
	Dead    int64         // items that were given up
	Lag     time.Duration // how long the lane that has waited longest could have been worked
}
