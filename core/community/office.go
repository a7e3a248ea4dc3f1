package community

import (
	"context"
	"strconv"
	"time"

	"guildhall/core/record"
	"guildhall/core/text"
)

// Office is where a community's own affairs are run: profiles, organisations, topics, roles, the
// spaces that belong to it, reports, and what is remembered of who did what.
type Office struct {
	store Store
	now   func() time.Time
}

// Store is what the office keeps, and where.
type Store struct {
	Transactions
	People        People
	Organisations Organisations
	Topics        Topics
	Spaces        Spaces
	Reports       Reports
	Acts          Acts
}

// NewOffice makes an office.
func NewOffice(s Store, now func() time.Time) *Office { return &Office{store: s, now: now} }

// Transactions runs functions in the store; what is called inside joins the transaction of its context.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// People keeps members.
type People interface {
	// Member is a member; one that does not exist has the number 0.
	Member(ctx context.Context, of, no int64) (Member, error)
	// LockMember is Member for changing it.
	LockMember(ctx context.Context, of, no int64) (Member, error)
	// LockAdmins are the numbers of all admins; none of them changes until the transaction ends.
	LockAdmins(ctx context.Context, of int64) ([]int64, error)
	SetMember(ctx context.Context, m Member) error // everything of the profile but the role
	SetRole(ctx context.Context, of, no int64, r Role) error
	Moderators(ctx context.Context, of int64) ([]Member, error)
	Accounts(ctx context.Context, of, no int64) ([]Account, error)
	// Forget takes everything off a member but the number, and drops accounts, to-dos, open forms,
	// and the texts of stored answers.
	Forget(ctx context.Context, of, no int64) error
	// ConsentsOf are a member's answers to being quoted, oldest first.
	ConsentsOf(ctx context.Context, of, no int64) ([]Consent, error)
}

// Organisations keeps where members work.
type Organisations interface {
	// AddOrganisation adds one, or finds the one of that name, however it was typed.
	AddOrganisation(ctx context.Context, of int64, o Organisation) (Organisation, error)
	OrganisationCalled(ctx context.Context, of int64, name string) (o Organisation, ok bool, err error)
	// LockOrganisation finds one by number for changing it; into is what it was merged into, 0 for none.
	LockOrganisation(ctx context.Context, of, no int64) (o Organisation, into int64, ok bool, err error)
	SetOrganisation(ctx context.Context, of int64, o Organisation) error
	// MergeOrganisation gives all that is from's to into.
	MergeOrganisation(ctx context.Context, of, from, into int64) error
	// ListOrganisations are all that were not merged away, by name.
	ListOrganisations(ctx context.Context, of int64) ([]Listed, error)
	Contacts(ctx context.Context, of, no int64) ([]int64, error)
	SetContacts(ctx context.Context, of, no int64, members []int64) error
}

// Listed is an organisation with how many members it has.
type Listed struct {
	Organisation
	Members int
}

// Topics keeps what records and members are described by.
type Topics interface {
	Topics(ctx context.Context, of int64) ([]Topic, error)
	// AddTopic adds a topic, or gives one that is there new labels.
	AddTopic(ctx context.Context, of int64, t Topic, now time.Time) error
	// MergeTopic hides from and points it, and all that was merged into it, at into; members and
	// spaces that follow from follow into.
	MergeTopic(ctx context.Context, of int64, from, into string) error
}

// Act is something that somebody did to the community itself: who and what, never the words.
type Act struct {
	Community ID
	By        int64 // 0 for the program
	What      string
	About     string // such as "member 4", "organisation 2", "topic didactics"; empty for the community
	At        time.Time
}

// Acts keeps who did what.
type Acts interface {
	NoteAct(ctx context.Context, a Act) error
	// ActsOf are the newest of one member, or of all with 0.
	ActsOf(ctx context.Context, of, by int64, n int) ([]Act, error)
}

// Note remembers that by did something to the community that is kept elsewhere.
func (o *Office) Note(ctx context.Context, by Member, what, about string) error {
	return o.note(ctx, by, what, about)
}

func (o *Office) note(ctx context.Context, by Member, what, about string) error {
	return o.store.Acts.NoteAct(ctx, Act{Community: by.Community, By: by.No, What: what, About: about, At: o.now()})
}

func numbered(kind string, no int64) string { return kind + " " + strconv.FormatInt(no, 10) }

// nobody refuses a member who is not there.
func nobody() error { return text.Refuse("community.nobody", nil) }

// line is a short text as it may be kept; a refusal names the argument when it is longer than most.
func line(arg, s string, most int) (string, error) {
	s = text.Clean(s, 0)
	if text.Length(s) > most {
		return "", text.RefuseArg(arg, "community.shorter", text.Args{"n": most})
	}
	return s, nil
}

// Reports keeps what members reported.
type Reports interface {
	AddReport(ctx context.Context, r Report) (Report, error) // gives it its number
	// OpenReport is a report of the same thing by the same member that is not settled yet.
	OpenReport(ctx context.Context, of, by int64, subject string, s record.Source) (Report, bool, error)
	LockReport(ctx context.Context, of, no int64) (Report, bool, error)
	SetReport(ctx context.Context, r Report) error
	OpenReports(ctx context.Context, of int64) ([]Report, error) // oldest first
	ReportsBy(ctx context.Context, of, member int64) ([]Report, error)
	// DropExcerpts forgets what was quoted of a message that is gone.
	DropExcerpts(ctx context.Context, s record.Source) (int, error)
}
