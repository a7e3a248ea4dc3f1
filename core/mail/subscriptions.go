package mail

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"guildhall/core/work"
)

// Transactions runs fn in a transaction; nested calls join it.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Readers keeps who gets digests by e-mail.
type Readers interface {
	// Reader is a reader by number; nil when there is none.
	Reader(ctx context.Context, of, no int64) (*Reader, error)
	// ReaderAt is a member's reader (0: of somebody without a chat account) with an address; nil when
	// there is none.
	ReaderAt(ctx context.Context, of, member int64, address string) (*Reader, error)
	// ReadersOf are all of a member.
	ReadersOf(ctx context.Context, of, member int64) ([]Reader, error)
	// ReadersOn are those that are On, of a member or (0: of anybody) with an address.
	ReadersOn(ctx context.Context, of, member int64, address string) ([]Reader, error)
	// KeepReader adds a reader without number and gives it one, or writes one that is there.
	KeepReader(ctx context.Context, r *Reader) error
	// ForgetReader removes a reader and what was sent to them.
	ForgetReader(ctx context.Context, of, no int64) error
	// AskedBy counts whom a member has asked for since a time; for themselves, or for others.
	AskedBy(ctx context.Context, of, by int64, own bool, since time.Time) (int, error)
	// TakeAddress notes that an address (as hash) is asked at a time. fresh is false when it was asked
	// after since, or wants never to be.
	TakeAddress(ctx context.Context, of int64, hash string, since, at time.Time) (fresh bool, err error)
	// RefuseAddress notes that an address (as hash) wants never to be asked again.
	RefuseAddress(ctx context.Context, of int64, hash string, at time.Time) error
	// ForgetAddress forgets when an address (as hash) was asked, unless it wants never to be again.
	ForgetAddress(ctx context.Context, of int64, hash string) error
	// EndedReaders are those that were not confirmed, or ended, and asked for last before a time.
	EndedReaders(ctx context.Context, of int64, before time.Time, n int) ([]Reader, error)
}

// Schedules keeps when readers get theirs.
type Schedules interface {
	SetSchedule(ctx context.Context, s work.Schedule, now time.Time) (work.Schedule, error)
	StopSchedule(ctx context.Context, community int64, name string) error
	Schedule(ctx context.Context, community int64, name string) (s work.Schedule, ok bool, err error)
}

// Store is what subscriptions are kept in.
type Store struct {
	Transactions Transactions
	Readers      Readers
	Schedules    Schedules
	Queue        work.Queue
}

// Plan is how a digest comes: the work that makes it, when, and what a member's own schedule by other
// means is called, which mail takes the place of.
type Plan struct {
	Kind    string
	Rule    work.Rule
	OwnName func(member int64) string
	Zone    func(ctx context.Context, r Reader) (string, error)
	// Forget removes what is kept of the digests that a recipient got; see Recipient.
	Forget func(ctx context.Context, of int64, to string) error
}

// Subscriptions are the rules of who gets mail.
type Subscriptions struct {
	Store
	Plan
	Now func() time.Time
}

// Budget is what all mail counts against: a server takes so much of it in a time.
const Budget = "mail/send"

// KindConfirm is the kind of work that sends a confirmation; its body is a Confirmation.
const KindConfirm = "mail.confirm"

// Confirmation is the body of KindConfirm.
type Confirmation struct {
	Reader int64
	Key    string // of the reader when it was asked for
}

// ErrEnough says that somebody has asked for enough addresses today.
var ErrEnough = errors.New("enough addresses for today")

// ScheduleName is what a reader's schedule is called.
func ScheduleName(no int64) string { return fmt.Sprintf("digest/mail/%d", no) }

// Recipient is what a reader is called where digests are claimed.
func Recipient(no int64) string { return fmt.Sprintf("mail/%d", no) }

func hashOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:])
}

// Ask asks whether digests may come to an address: of member, or of somebody without a chat account
// (0), by whom it is asked. What it returns does not depend on whether others have the address; a
// confirmation is sent once in AskAgain at most, and never to who refused. on is true when it is this
// member's already. ErrAddress, ErrEnough.
func (s *Subscriptions) Ask(ctx context.Context, of, member, by int64, address string) (r Reader, on bool, err error) {
	if address, err = Address(address); err != nil {
		return r, false, err
	}
	now := s.Now()
	err = s.Transactions.Atomically(ctx, func(ctx context.Context) error {
		// First, since it lets one in after the other.
		fresh, err := s.Readers.TakeAddress(ctx, of, hashOf(address), now.Add(-AskAgain), now)
		if err != nil {
			return fmt.Errorf("take an address: %w", err)
		}
		old, err := s.Readers.ReaderAt(ctx, of, member, address)
		if err != nil {
			return fmt.Errorf("look for an address: %w", err)
		}
		if old != nil {
			r, on = *old, old.State == On && member != 0
			if on {
				return nil
			}
		}
		if err := s.room(ctx, of, member, by, old, now); err != nil {
			return err
		}
		if old == nil {
			r = Reader{Community: of, Member: member, Address: address, State: Asked}
		}
		r.By, r.Asked = by, now
		if r.State == Off {
			r.State, r.Confirmed, r.Bounces = Asked, time.Time{}, 0
		}
		if r.State == On {
			return nil // somebody without a chat account who has it already: nothing is sent
		}
		if fresh || r.Key == "" {
			r.Key = strings.ToLower(rand.Text()[:16])
		}
		if err := s.Readers.KeepReader(ctx, &r); err != nil {
			return fmt.Errorf("keep an address: %w", err)
		}
		if !fresh {
			return nil
		}
		key := fmt.Sprintf("mail/confirm/%d/%s", r.No, r.Key)
		item := work.New(KindConfirm, "", key, Confirmation{r.No, r.Key}).In(of)
		item.Budget = Budget
		return s.Queue.Add(ctx, item)
	})
	return r, on, err
}

// room is ErrEnough when somebody has asked for as many addresses as they may.
func (s *Subscriptions) room(ctx context.Context, of, member, by int64, old *Reader, now time.Time) error {
	if old != nil && now.Sub(old.Asked) < AskAgain {
		return nil // counted already
	}
	most := MostAsked
	if member == 0 {
		most = MostInvited
	}
	n, err := s.Readers.AskedBy(ctx, of, by, member != 0, now.Add(-AskAgain))
	if err != nil {
		return fmt.Errorf("count addresses: %w", err)
	}
	if n >= most {
		return ErrEnough
	}
	return nil
}

// Find is the reader of a link; nil when there is none. A reader is always of one address, so what ends
// a subscription works for ever; what confirms one works for the last time it was asked.
func (s *Subscriptions) Find(ctx context.Context, l Link) (*Reader, error) {
	r, err := s.Readers.Reader(ctx, l.Community, l.Reader)
	if err != nil || r == nil || l.Verb == Confirm && r.Key != l.Key {
		return nil, err
	}
	return r, nil
}

// Confirm says that digests may come to the address of a link. lang and zone are what who has no chat
// account chose. Again is no error; ok is false when there is no such reader any more, or it has ended.
func (s *Subscriptions) Confirm(ctx context.Context, l Link, lang, zone string) (r *Reader, ok bool, err error) {
	err = s.Transactions.Atomically(ctx, func(ctx context.Context) error {
		ok = false
		if r, err = s.Find(ctx, l); err != nil || r == nil || r.State == Off {
			return err
		}
		ok = true
		if r.State == On {
			return nil
		}
		if err := s.replace(ctx, *r); err != nil {
			return err
		}
		r.State, r.Confirmed, r.Bounces = On, s.Now(), 0
		if r.Member == 0 {
			r.Lang, r.Zone = lang, zone
		}
		if err := s.Readers.KeepReader(ctx, r); err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		return s.schedule(ctx, *r)
	})
	return r, ok, err
}

// replace ends what takes the place of r: the member's other address, and the address's other reader.
func (s *Subscriptions) replace(ctx context.Context, r Reader) error {
	others, err := s.Readers.ReadersOn(ctx, r.Community, 0, r.Address)
	if err != nil {
		return fmt.Errorf("look for others: %w", err)
	}
	if r.Member != 0 {
		mine, err := s.Readers.ReadersOn(ctx, r.Community, r.Member, "")
		if err != nil {
			return fmt.Errorf("look for others: %w", err)
		}
		others = append(others, mine...)
	}
	for _, o := range others {
		if o.No == r.No {
			continue
		}
		if err := s.end(ctx, &o); err != nil {
			return err
		}
	}
	return nil
}

// schedule makes when a reader gets theirs: as often as it came by other means, which then ends.
func (s *Subscriptions) schedule(ctx context.Context, r Reader) error {
	zone, err := s.Zone(ctx, r)
	if err != nil {
		return err
	}
	next := work.Schedule{Community: r.Community, Name: ScheduleName(r.No), Kind: s.Kind, Zone: zone, Rule: s.Rule}
	if r.Member != 0 {
		own, there, err := s.Schedules.Schedule(ctx, r.Community, s.OwnName(r.Member))
		if err != nil {
			return fmt.Errorf("look for a schedule: %w", err)
		}
		if there {
			next.Rule, next.Zone = own.Rule, own.Zone
			if err := s.Schedules.StopSchedule(ctx, r.Community, own.Name); err != nil {
				return fmt.Errorf("stop a schedule: %w", err)
			}
		}
	}
	if _, err := s.Schedules.SetSchedule(ctx, next, s.Now()); err != nil {
		return fmt.Errorf("plan a digest: %w", err)
	}
	return nil
}

func (s *Subscriptions) end(ctx context.Context, r *Reader) error {
	r.State = Off
	if err := s.Readers.KeepReader(ctx, r); err != nil {
		return fmt.Errorf("end a subscription: %w", err)
	}
	if err := s.Schedules.StopSchedule(ctx, r.Community, ScheduleName(r.No)); err != nil {
		return fmt.Errorf("stop a schedule: %w", err)
	}
	return nil
}

// Stop ends the subscription of a link; never: and no confirmation is sent to the address again. Again
// is no error; r is nil when nobody knows of it any more.
func (s *Subscriptions) Stop(ctx context.Context, l Link, never bool) (r *Reader, err error) {
	err = s.Transactions.Atomically(ctx, func(ctx context.Context) error {
		if r, err = s.Find(ctx, l); err != nil || r == nil {
			return err
		}
		if never {
			if err := s.Readers.RefuseAddress(ctx, r.Community, hashOf(r.Address), s.Now()); err != nil {
				return fmt.Errorf("refuse an address: %w", err)
			}
		}
		if r.State == Off {
			return nil
		}
		return s.end(ctx, r)
	})
	return r, err
}

// StopMember ends all mail to a member.
func (s *Subscriptions) StopMember(ctx context.Context, of, member int64) error {
	return s.Transactions.Atomically(ctx, func(ctx context.Context) error {
		list, err := s.Readers.ReadersOf(ctx, of, member)
		if err != nil {
			return fmt.Errorf("list addresses: %w", err)
		}
		for _, r := range list {
			if r.State == Off {
				continue
			}
			if err := s.end(ctx, &r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Arrived notes that a mail was taken; what came back before counts no more.
func (s *Subscriptions) Arrived(ctx context.Context, of, no int64) error {
	r, err := s.Readers.Reader(ctx, of, no)
	if err != nil || r == nil || r.Bounces == 0 {
		return err
	}
	r.Bounces = 0
	return s.Readers.KeepReader(ctx, r)
}

// Bounced notes that a mail was refused for good; after MostBounces in a row the subscription ends, and
// ended is true.
func (s *Subscriptions) Bounced(ctx context.Context, of, no int64) (r *Reader, ended bool, err error) {
	if r, err = s.Readers.Reader(ctx, of, no); err != nil || r == nil || r.State != On {
		return r, false, err
	}
	if r.Bounces++; r.Bounces < MostBounces {
		return r, false, s.Readers.KeepReader(ctx, r)
	}
	return r, true, s.end(ctx, r)
}

// Erase forgets all that is kept of a member.
func (s *Subscriptions) Erase(ctx context.Context, of, member int64) error {
	if member == 0 {
		return nil
	}
	list, err := s.Readers.ReadersOf(ctx, of, member)
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	for _, r := range list {
		if err := s.forget(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Subscriptions) forget(ctx context.Context, r Reader) error {
	if err := s.Schedules.StopSchedule(ctx, r.Community, ScheduleName(r.No)); err != nil {
		return fmt.Errorf("stop a schedule: %w", err)
	}
	if err := s.Forget(ctx, r.Community, Recipient(r.No)); err != nil {
		return fmt.Errorf("forget digests: %w", err)
	}
	if err := s.Readers.ForgetReader(ctx, r.Community, r.No); err != nil {
		return fmt.Errorf("forget an address: %w", err)
	}
	if err := s.Readers.ForgetAddress(ctx, r.Community, hashOf(r.Address)); err != nil {
		return fmt.Errorf("forget an address: %w", err)
	}
	return nil
}

// Sweep forgets what ended, or was never confirmed, some weeks ago.
func (s *Subscriptions) Sweep(ctx context.Context, of int64) error {
	list, err := s.Readers.EndedReaders(ctx, of, s.Now().Add(-KeepEnded), 500)
	if err != nil {
		return fmt.Errorf("list what ended: %w", err)
	}
	for _, r := range list {
		if err := s.forget(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
