package build

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"guildhall/bots/digest"
	"guildhall/bots/mailing"
	"guildhall/bots/membership"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/mail"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Mail is what digests by e-mail are made of besides the store.
type Mail struct {
	Post   mailing.Post
	URL    string // under which the web server is reached, without a slash at the end
	Secret string // what links are signed with
}

// tuesday is when a digest comes by e-mail to whom it did not come before.
var tuesday = work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 8}

func (p parts) subscriptions() *mail.Subscriptions {
	return &mail.Subscriptions{Now: p.Now,
		Store: mail.Store{Transactions: p.DB, Readers: p.DB.Mail(), Schedules: p.DB.Schedules(), Queue: p.Queue},
		Plan:  mail.Plan{Kind: digest.KindOwn, Rule: tuesday, OwnName: digest.OwnName, Zone: p.zone, Forget: p.DB.Digests().ForgetLetters}}
}

// zone is the time zone that a reader lives in.
func (p parts) zone(ctx context.Context, r mail.Reader) (string, error) {
	com, err := p.people.Community(ctx, r.Community)
	if err != nil {
		return "", fmt.Errorf("load community: %w", err)
	}
	zone := r.Zone
	if r.Member != 0 {
		m, err := p.people.Member(ctx, r.Community, r.Member)
		if err != nil {
			return "", fmt.Errorf("load member: %w", err)
		}
		zone = m.Zone
	}
	if zone == "" {
		zone = com.Zone
	}
	return zone, nil
}

// mailing makes digests by e-mail, and tells the digests of it; nil where none are sent.
func (p parts) mailing(digests *digest.Parts) *mailing.Mailing {
	if p.Mail == nil {
		return nil
	}
	letters := digest.NewLetters(*digests)
	m := mailing.New(mailing.Parts{Subscriptions: p.subscriptions(), Sendings: p.DB.Mail(), Post: p.Mail.Post, People: p.people,
		Digest: func(ctx context.Context, r mail.Reader, lang, period string) (mailing.Digest, bool, error) {
			return p.mailed(ctx, letters, r, lang, period)
		},
		Told: p.told, Views: p.guild.view, Words: func() *text.Catalogue { return p.guild.engine().Words() },
		Signer: mail.NewSigner(p.Mail.Secret), URL: p.Mail.URL, Now: p.Now})
	digests.Mailing = mailed{m}
	digests.Media = append(digests.Media, digest.Medium{Name: "mail", Kind: mailing.KindDigest, Budget: mail.Budget, Readers: p.mailReaders})
	return m
}

// mailed is mailing as the digests know it.
type mailed struct{ *mailing.Mailing }

// Of implements digest.Mailing.
func (m mailed) Of(ctx context.Context, of, member int64) (digest.Mailed, bool, error) {
	schedule, address, ok, err := m.Mailing.Of(ctx, of, member)
	return digest.Mailed{Schedule: schedule, Address: address}, ok, err
}

// mailHeld is what is kept of members for e-mail, whether any is sent or not.
func (p parts) mailHeld() membership.Holding {
	own := mailing.New(mailing.Parts{Subscriptions: p.subscriptions(), Sendings: p.DB.Mail(), Told: p.told})
	return membership.Holding{Name: "email", Export: own.Export, Erase: own.Subscriptions.Erase}
}

// told are the records that somebody's digest held.
func (p parts) told(ctx context.Context, of int64, to, period string) (out []record.ID, err error) {
	l, err := p.DB.Digests().Letter(ctx, of, to, period)
	if err != nil || l == nil {
		return nil, err
	}
	for _, x := range l.Items {
		out = append(out, x.ID)
	}
	return out, nil
}

// mailReaders are some who read by e-mail.
func (p parts) mailReaders(ctx context.Context, of int64, numbers []int64) (map[int64]digest.Recipient, error) {
	list, err := p.DB.Mail().ReadersByNo(ctx, of, numbers)
	if err != nil {
		return nil, fmt.Errorf("list who reads by e-mail: %w", err)
	}
	list = slices.DeleteFunc(list, func(r mail.Reader) bool { return r.State != mail.On })
	var members []int64
	for _, r := range list {
		if r.Member != 0 {
			members = append(members, r.Member)
		}
	}
	db := p.DB.Digests()
	who, err := db.Readers(ctx, of, members)
	if err != nil {
		return nil, fmt.Errorf("load members: %w", err)
	}
	wishes, err := db.Wishes(ctx, of, members)
	if err != nil {
		return nil, fmt.Errorf("read what people want: %w", err)
	}
	com, err := p.people.Community(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("load community: %w", err)
	}
	out := map[int64]digest.Recipient{}
	for _, r := range list {
		if r.Member == 0 {
			out[r.No] = digest.Recipient{Lang: r.Lang, Zone: r.Zone, Languages: spoken(r.Lang, com.Language)}
			continue
		}
		m, there := who[r.Member]
		if !there || m.Stopped || m.Erased {
			continue
		}
		country := m.Country
		if country == "" {
			country = m.Organisation.Country
		}
		out[r.No] = digest.Recipient{Member: m.No, Lang: m.Language, Zone: m.Zone, Country: country, Languages: spoken(m.Language), Topics: m.Topics,
			Moderates: m.Role >= community.RoleModerator, Wish: wishes[m.No]}
	}
	return out, nil
}

// spoken is the first language of a list that is one.
func spoken(langs ...string) []string {
	for _, l := range langs {
		if l != "" {
			return []string{l}
		}
	}
	return nil
}

// mailed is what a reader's digest holds, by its parts.
func (p parts) mailed(ctx context.Context, letters digest.Letters, r mail.Reader, lang, period string) (mailing.Digest, bool, error) {
	to := digest.Recipient{Member: r.Member, Lang: lang, Zone: r.Zone}
	if r.Member != 0 {
		m, err := p.people.Member(ctx, r.Community, r.Member)
		if err != nil {
			return mailing.Digest{}, false, fmt.Errorf("load member: %w", err)
		}
		to.Zone, to.Moderates = m.Zone, m.Role >= community.RoleModerator
	}
	sending := digest.Sending{To: mail.Recipient(r.No), Period: period}
	note, err := letters.Draw(ctx, r.Community, sending, to)
	if err == nil && note != nil {
		err = p.DB.Atomically(ctx, note)
	}
	if err != nil {
		return mailing.Digest{}, false, err
	}
	l, ok, err := letters.Letter(ctx, r.Community, sending, to)
	if err != nil || !ok {
		return mailing.Digest{}, false, err
	}
	out := mailing.Digest{Title: l.Say.Title, Lead: l.Say.Lines}
	if out.Picture, err = p.picture(ctx, l.Say.Picture); err != nil {
		return out, false, err
	}
	last := ""
	for i, it := range l.Say.List {
		// What follows the items is for moderators.
		row, heading := mailing.Row{Text: it.Text, Detail: it.Detail}, "digest.backlog.head"
		if i < len(l.Items) {
			row.ID, heading = l.Items[i].ID, "digest.part."+string(l.Items[i].Part)
		}
		if heading != last {
			out.Sections = append(out.Sections, mailing.Section{Heading: chat.P(heading, nil)})
			last = heading
		}
		// In a mail the part stands above its rows, not in front of the first.
		if row.Text.Key == "digest.first" {
			row.Text.Key = "digest.row"
		}
		at := &out.Sections[len(out.Sections)-1]
		at.Rows = append(at.Rows, row)
	}
	return out, true, nil
}

// mostPicture is the largest picture that goes with a mail, in bytes.
const mostPicture = 1 << 20

// picture is the picture of a digest as it goes with a mail; nil when there is none, or it is no more.
func (p parts) picture(ctx context.Context, of *chat.Picture) (*mail.Picture, error) {
	if of == nil || p.Files == nil {
		return nil, nil //nolint:nilnil // a digest does without
	}
	r, err := p.Files.Open(ctx, of.File.SHA256)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // its figures alone are not worth holding the mail back
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, mostPicture+1))
	if err != nil || len(b) > mostPicture {
		return nil, nil //nolint:nilerr,nilnil // the same
	}
	return &mail.Picture{PNG: b, Alt: of.Alt}, nil
}
