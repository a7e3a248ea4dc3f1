// Package mailing is how digests reach people by e-mail: how they ask for it and confirm it, what the
// mails and the pages behind their links say, and what becomes of mail that comes back.
package mailing

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/mail"
	"guildhall/core/record"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// KindDigest is the kind of work that sends a digest; its body is a Sending.
const KindDigest = "mail.digest"

// Sending is the body of KindDigest.
type Sending struct {
	To     string // as mail.Recipient made it
	Period string
}

// Post sends letters; see mail.Refused and mail.Unknown for what its errors mean.
type Post interface {
	Send(ctx context.Context, l mail.Letter) error
}

// People knows who is who.
type People interface {
	Community(ctx context.Context, id int64) (community.Community, error)
	Member(ctx context.Context, of, no int64) (community.Member, error)
}

// Digest is what a reader's digest holds, as it is now.
type Digest struct {
	Title    chat.Phrase
	Lead     []chat.Phrase
	Sections []Section
	Picture  *mail.Picture
}

// Section is a part of a digest.
type Section struct {
	Heading chat.Phrase
	Rows    []Row
}

// Row is one thing in a digest.
type Row struct {
	ID     record.ID
	Text   chat.Phrase
	Detail chat.Phrase
}

// Parts are what the bot is made of.
type Parts struct {
	Subscriptions *mail.Subscriptions
	Sendings      mail.Sendings
	Post          Post
	People        People
	// Digest is a reader's digest of a period; ok is false when nothing of it is left to show.
	Digest func(ctx context.Context, r mail.Reader, lang, period string) (d Digest, ok bool, err error)
	// Told is what somebody's digest of a period held, for what is exported of them.
	Told   func(ctx context.Context, of int64, to, period string) ([]record.ID, error)
	Views  func(letter byte) (chat.View, bool)
	Words  func() *text.Catalogue
	Signer mail.Signer
	URL    string // under which the pages are reached, without a slash at the end
	Now    func() time.Time
}

// Mailing is digests by e-mail.
type Mailing struct{ Parts }

// New makes it.
func New(p Parts) *Mailing { return &Mailing{p} }

// Bot is what it does in the chat and later.
func (m *Mailing) Bot() chat.Bot {
	return chat.Bot{Name: "mailing", Words: words,
		Work: []chat.Job{
			{Kind: KindDigest, Prepare: m.digest, Run: m.after},
			{Kind: mail.KindConfirm, Prepare: m.confirmation, Run: m.after},
		},
		Ticks: []chat.Tick{{Name: "mailing.sweep", Cron: "23 4 * * *", Run: func(ctx context.Context, of int64) (chat.Reply, error) {
			return chat.Nothing(), m.Subscriptions.Sweep(ctx, of)
		}}}}
}

// reader is a reader, where they are, and in what language and zone they read.
type reader struct {
	mail.Reader
	com  community.Community
	lang string
	zone *time.Location
}

// load finds a reader; ok is false when there is none, or nobody who may be written to.
func (m *Mailing) load(ctx context.Context, of, no int64) (r reader, ok bool, err error) {
	found, err := m.Subscriptions.Readers.Reader(ctx, of, no)
	if err != nil || found == nil {
		return r, false, err
	}
	return m.whole(ctx, *found)
}

// whole is a reader with who they are; ok is false when they want nothing from here.
func (m *Mailing) whole(ctx context.Context, found mail.Reader) (r reader, ok bool, err error) {
	r = reader{Reader: found}
	if r.com, err = m.People.Community(ctx, found.Community); err != nil {
		return r, false, fmt.Errorf("load community: %w", err)
	}
	who, err := community.Load(ctx, m.People, found.Community, found.Member)
	if err != nil {
		return r, false, err
	}
	lang, zone := found.Lang, found.Zone
	if found.Member != 0 {
		lang, zone = who.Language, who.Zone
	}
	r.lang = m.Words().Match(lang, r.com.Language)
	if r.zone = r.com.Location(); zone != "" {
		r.zone = community.Location(zone)
	}
	return r, !who.Stopped && !who.Erased && (found.Member == 0 || who.No != 0), nil
}

// say is a text for a reader.
func (m *Mailing) say(r reader, p chat.Phrase) text.Rich {
	if p.Key == "" {
		return nil
	}
	return m.Words().Rich(r.lang, p.Key, p.Args).In(r.lang, r.zone)
}

func (m *Mailing) tell(r reader, key string, args text.Args) text.Rich {
	return m.say(r, chat.P(key, args))
}

func (m *Mailing) label(r reader, key string, args text.Args) string {
	return m.Words().Plain(r.lang, key, args)
}

// args are what most sentences are about.
func (r reader) args() text.Args {
	return text.Args{"community": r.com.Name, "address": r.Address}
}

// link is the address of a page.
func (m *Mailing) link(r reader, v mail.Verb, about record.ID, within time.Duration) (url, token string) {
	l := mail.Link{Verb: v, Community: r.Community, Reader: r.No, Record: about, Until: m.Now().Add(within)}
	if v == mail.Confirm {
		l.Key = r.Key
	}
	token = m.Signer.Token(l)
	return m.URL + "/mail/" + string(v) + "/" + token, token
}

// readerOf reads what mail.Recipient wrote.
func readerOf(to string) (int64, error) {
	no, err := strconv.ParseInt(strings.TrimPrefix(to, "mail/"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("whose is %q: %w", to, err)
	}
	return no, nil
}
