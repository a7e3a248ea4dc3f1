package slacktest

import "time"

// Option changes how a Server starts.
type Option func(*options)

type options struct {
	clock        Clock
	patience     time.Duration
	ackWithin    time.Duration
	retryAfter   []time.Duration
	limits       bool
	distributed  bool
	keepRecords  bool
	pingEvery    time.Duration
	app          AppSpec
	workspace    string
	withoutSetup bool
	idsFrom      uint64
}

func defaults() options {
	return options{
		clock:       Wall(),
		patience:    10 * time.Second,
		ackWithin:   3 * time.Second,
		retryAfter:  []time.Duration{0, time.Minute, 5 * time.Minute},
		limits:      true,
		keepRecords: true,
		pingEvery:   5 * time.Second,
		app:         AppSpec{Name: "Guildhall"},
		workspace:   "Example",
	}
}

// WithClock sets the time that the server goes by; Wall is the default.
func WithClock(c Clock) Option { return func(o *options) { o.clock = c } }

// WithPatience sets how long waiting methods wait, by the wall clock, before they fail the test: ten
// seconds unless told.
func WithPatience(d time.Duration) Option { return func(o *options) { o.patience = d } }

// WithAckWithin sets the deadline for acknowledgements: three seconds, as Slack's, unless told.
func WithAckWithin(d time.Duration) Option { return func(o *options) { o.ackWithin = d } }

// WithIDsFrom sets where identifiers begin: two servers that one app talks to need different numbers,
// some thousands apart, since each begins at 0 unless told.
func WithIDsFrom(n uint64) Option { return func(o *options) { o.idsFrom = n } }

// WithRetryAfter sets when an event is delivered again, counted from the failure of each delivery: at
// once, after one minute and after five, unless told.
func WithRetryAfter(d ...time.Duration) Option { return func(o *options) { o.retryAfter = d } }

// WithoutLimits lets every method be called as often as one likes. Troubles of kind RateLimited work
// all the same.
func WithoutLimits() Option { return func(o *options) { o.limits = false } }

// WithDistributedApp gives the app the limits of one that is distributed outside the Marketplace:
// conversations.history and conversations.replies once a minute, 15 messages each.
func WithDistributedApp() Option { return func(o *options) { o.distributed = true } }

// WithoutRecords keeps no calls and no payloads, only counts, latencies and faults: for long benchmarks.
// AwaitCall, AwaitTold and Redeliver need records.
func WithoutRecords() Option { return func(o *options) { o.keepRecords = false } }

// WithApp sets who the app is; see AppSpec.
func WithApp(a AppSpec) Option { return func(o *options) { o.app = a } }

// WithPing sets how often sockets are pinged, by the wall clock: every five seconds unless told, never
// when d is zero.
func WithPing(d time.Duration) Option { return func(o *options) { o.pingEvery = d } }

// WithoutWorkspace starts with an empty world; otherwise there is one workspace, "Example", with a
// channel #general, its owner "owner", and the app installed by the owner.
func WithoutWorkspace() Option { return func(o *options) { o.withoutSetup = true } }
