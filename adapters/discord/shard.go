package discord

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"guildhall/core/chat"
)

// Store keeps what must outlive the program, and what several programs on one store must agree on.
// Each method is its own transaction.
type Store interface {
	// Lease takes or renews a shard for holder until a moment; ok is false while another holds it.
	// epoch grows each time the shard changes hands.
	Lease(ctx context.Context, shard, holder string, now, until time.Time) (epoch int64, ok bool, err error)
	// Release gives a shard back.
	Release(ctx context.Context, shard, holder string) error
	// Session is where a shard's events go on: the session and its address, and the number of the last
	// event that was handled. Everything before alive was handled, but for what is still looked for since
	// gap, where that is not zero. All are zero when nothing was kept.
	Session(ctx context.Context, shard string) (session, address string, seq int64, alive, gap time.Time, err error)
	// KeepSession keeps that; ok is false when epoch is not that of the shard's lease any more.
	KeepSession(ctx context.Context, shard string, epoch int64, session, address string, seq int64, alive, gap time.Time) (ok bool, err error)
	// Handled are all shards there ever were, with the moment before which they had handled everything:
	// zero for one that never got that far.
	Handled(ctx context.Context) (map[string]time.Time, error)
	// Followed are the rooms of communities and the threads of records, whose messages must not be
	// missed.
	Followed(ctx context.Context, p chat.PlatformID) ([]chat.Address, error)
	// Held are the messages of which something is kept and that were written since a moment, the newest
	// first and at most n.
	Held(ctx context.Context, p chat.PlatformID, since time.Time, n int) ([]chat.Target, error)
	// HeldIn are those in a channel and its threads, or in a thread, whenever they were written.
	HeldIn(ctx context.Context, at chat.Address) ([]chat.Target, error)
	// Topics are what the topics of a record are called by its community, which lives in a space; those
	// of the community when record is empty. None when there is no such record.
	Topics(ctx context.Context, p chat.PlatformID, space chat.SpaceID, record string) ([]string, error)
	// KeepForm keeps a form that is asked for in steps, Form reads it, TakeForm reads it for the last
	// time: only one can. They expire.
	KeepForm(ctx context.Context, key string, state []byte, now, expires time.Time) error
	Form(ctx context.Context, key string, now time.Time) (state []byte, ok bool, err error)
	TakeForm(ctx context.Context, key string, now time.Time) (state []byte, ok bool, err error)
}

// shard is one of the gateway's connections, which has a share of the guilds.
type shard struct {
	p      *Platform
	number int
	of     int

	mu     sync.Mutex
	ses    session
	seqs   *marks
	lanes  *lanes
	epoch  int64
	held   time.Time   // when the lease was renewed last
	known  map[id]bool // guilds that READY named
	since  time.Time   // from when on messages may have been missed
	wanted bool        // they have to be looked for
	gap    time.Time   // from when on they are being looked for; zero when they are not
	fills  int         // how often

	invalid int // how often in a row the session was called invalid, though it may be gone on with
}

func (s *shard) name() string { return shardName(s.p.id, s.number, s.of) }

func (s *shard) current() session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ses
}

func (s *shard) marks() *marks {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seqs
}

// begin starts a session.
func (s *shard) begin(ses session, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, handled := s.seqs.done()
	if s.ses.id == "" && !s.since.IsZero() {
		handled = s.since
	}
	s.ses, s.seqs, s.since, s.wanted = ses, newMarks(seq, time.Now()), handled, true
	s.gap = earlier(handled, s.gap) // from here on, so that the session is never kept without it
	if s.fills == 0 {
		s.since = s.gap // else who looks already looks for the rest
	}
}

// endSession makes the next connection begin a new one. What was missed since is looked for then.
func (s *shard) endSession() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ses.id != "" {
		_, s.since = s.seqs.done()
	}
	s.ses = session{}
}

// oftenInvalid is how often in a row a session may be called invalid for now before another is begun.
const oftenInvalid = 3

// goesOn says whether to try once more with a session that was called invalid, though it may be gone on with.
func (s *shard) goesOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invalid++
	return s.invalid < oftenInvalid
}

// wentOn notes that a session is there.
func (s *shard) wentOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invalid = 0
}

func (s *shard) forgetURL() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ses.url = ""
}

// closed is what a close code means.
func (s *shard) closed(code int) error {
	if code == 4011 && s.p.opt.Shards == 0 {
		s.endSession()
		return errMoreShards
	}
	if fatal[code] != "" {
		return &fatalError{code}
	}
	if code == 4003 || code == 4005 || code == 4007 || code == 4009 || code == 1000 || code == 1001 {
		s.endSession()
	}
	return fmt.Errorf("the gateway closed the connection (%d)", code)
}

// ready is called when a session has begun.
func (s *shard) ready(ctx context.Context, guilds []guild) {
	s.mu.Lock()
	s.known = map[id]bool{}
	for _, g := range guilds {
		s.known[g.ID] = true
	}
	since, wanted := s.since, s.wanted
	s.wanted = false
	s.mu.Unlock()
	s.p.log.Info("connected to Discord", "shard", s.number, "guilds", len(guilds))
	s.lanes.add(ctx, "keep", s.keep) // whoever is killed in the next second goes on here, too
	s.p.onReady(s.number)
	if wanted && !since.IsZero() {
		s.fillGaps(ctx, since)
	}
}

func (s *shard) resumed(ctx context.Context) {
	s.p.log.Info("went on with the session on Discord", "shard", s.number)
	s.p.onReady(s.number)
	s.mu.Lock()
	gap, fills := s.gap, s.fills
	s.mu.Unlock()
	if !gap.IsZero() && fills == 0 { // the program ended while it was looking
		s.fillGaps(ctx, gap)
	}
}

// run owns the shard whenever it can be had, until ctx ends.
func (s *shard) run(ctx context.Context) error {
	holder := rand.Text()
	if r := s.p.opt.Replica; r != "" {
		holder = r + "/" + holder
	}
	for {
		epoch, ok, err := s.lease(ctx, holder)
		if err != nil {
			s.p.log.Warn("the lease of a Discord shard could not be read", "shard", s.number, "error", err)
		}
		if ok {
			if err := s.own(ctx, holder, epoch); err != nil || ctx.Err() != nil {
				return err
			}
			continue
		}
		if !sleep(ctx, s.p.opt.Lease/6) {
			return nil
		}
	}
}

func (s *shard) lease(ctx context.Context, holder string) (epoch int64, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.p.opt.Lease)
	defer cancel()
	now, begun := s.p.opt.Now(), time.Now()
	epoch, ok, err = s.p.opt.Store.Lease(ctx, s.name(), holder, now, now.Add(s.p.opt.Lease))
	if err == nil && ok {
		s.mu.Lock()
		s.held = begun
		s.mu.Unlock()
	}
	return epoch, ok, err
}

// own connects again and again while the lease is ours. It returns an error only when going on is
// pointless.
func (s *shard) own(ctx context.Context, holder string, epoch int64) error {
	mine, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s.load(ctx, epoch)
	var keeping sync.WaitGroup
	keeping.Go(func() { s.renew(mine, stop, holder) })
	keeping.Go(func() { s.keepUp(mine) })
	err := s.connections(mine)
	s.lanes.wait()
	stop(nil)
	keeping.Wait()
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	s.keep(after)
	if rerr := s.p.opt.Store.Release(after, s.name(), holder); rerr != nil {
		s.p.log.Warn("the lease of a Discord shard could not be given back", "shard", s.number, "error", rerr)
	}
	return err
}

// load takes up what was kept for the shard.
func (s *shard) load(ctx context.Context, epoch int64) {
	name, address, seq, alive, gap, err := s.p.opt.Store.Session(ctx, s.name())
	if err != nil {
		s.p.log.Warn("the session of a Discord shard could not be read", "shard", s.number, "error", err)
	}
	rows, err := s.p.opt.Store.Handled(ctx)
	if err != nil {
		s.p.log.Warn("where the shards of Discord were could not be read", "shard", s.number, "error", err)
	}
	if before := handledBefore(rows, s.p.id, s.of); before.After(alive) {
		// Since this shard was last there, the guilds were divided otherwise.
		name, address, seq, alive, gap = "", "", 0, before, time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ses, s.epoch, s.since, s.gap, s.fills = session{id: name, url: address}, epoch, alive, gap, 0
	s.seqs = newMarks(seq, alive)
}

// errLost says that another has the shard.
var errLost = errors.New("another program has the shard")

// renew keeps the lease, and stops the shard when another has it. While the store is away nobody can
// take it, and whoever gives a command is to be told so: an open connection goes on.
func (s *shard) renew(ctx context.Context, stop context.CancelCauseFunc, holder string) {
	for sleep(ctx, s.p.opt.Lease/3) {
		_, ok, err := s.lease(ctx, holder)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.p.log.Warn("the lease of a Discord shard could not be renewed", "shard", s.number, "error", err)
		case !ok:
			s.p.log.Warn("a Discord shard went to another program", "shard", s.number)
			stop(errLost)
			return
		}
	}
}

// stillHeld waits until the lease holds: a new connection under one that ran out could take the session
// from whoever has the shard by now. It is false when ctx ended first.
func (s *shard) stillHeld(ctx context.Context) bool {
	for {
		s.mu.Lock()
		left := s.p.opt.Lease - time.Since(s.held)
		s.mu.Unlock()
		if left > 0 {
			return ctx.Err() == nil
		}
		if !sleep(ctx, s.p.opt.Lease/12) {
			return false
		}
	}
}

// keepUp writes down where the shard is, every so often.
func (s *shard) keepUp(ctx context.Context) {
	for sleep(ctx, s.p.opt.Keep) {
		s.keep(ctx)
	}
}

func (s *shard) keep(ctx context.Context) {
	s.mu.Lock()
	seq, alive := s.seqs.done()
	if s.ses.id == "" {
		alive = s.since
	}
	ses, epoch, gap := s.ses, s.epoch, s.gap
	s.mu.Unlock()
	if alive.IsZero() {
		return
	}
	if _, err := s.p.opt.Store.KeepSession(ctx, s.name(), epoch, ses.id, ses.url, seq, alive, gap); err != nil && ctx.Err() == nil {
		s.p.log.Warn("the session of a Discord shard could not be kept", "shard", s.number, "error", err)
	}
}

// connections connects again whenever a connection ends: at once after a good one, else after a
// growing, spread pause.
func (s *shard) connections(ctx context.Context) error {
	failed := 0
	for s.stillHeld(ctx) {
		well, err := s.connect(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ended because it was told to
		}
		var end *fatalError
		switch {
		case errors.Is(err, errMoreShards):
			return err
		case errors.As(err, &end), errors.Is(err, errToken):
			s.p.log.Error("Discord will not have us", "shard", s.number, "error", err)
			return fmt.Errorf("%w: %w", chat.ErrGone, err)
		case well:
			failed = 0
		default:
			failed++
		}
		s.p.log.Info("connecting to Discord again", "shard", s.number, "failed", failed, "error", err)
		pause := s.p.opt.Pause / 4
		if failed > 0 {
			pause = min(s.p.opt.Pause<<min(failed-1, 10), time.Minute)
		}
		if !sleep(ctx, pause/2+mathrand.N(pause/2+1)) {
			return nil
		}
	}
	return nil
}
