package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Partnerships keeps partnerships between organisations.
type Partnerships struct{ db *DB }

var (
	_ cooperation.Partnerships  = Partnerships{}
	_ cooperation.Organisations = Directory{}
)

// Partnerships keeps partnerships between organisations.
func (db *DB) Partnerships() Partnerships { return Partnerships{db} }

func partnershipID(no int64) record.ID {
	return record.ID{Letter: cooperation.PartnershipLetter, No: no}
}

const partnershipColumns = `x.number, x.title, x.purpose, x.topic, x.begins, x.ends, x.proposer, x.state, x.hidden, x.reason, x.made, x.active,
	x.source_platform, x.source_space, x.source_room, x.source_thread, x.source_message, x.source_url`

// all reads partnerships with their parties.
func (t Partnerships) all(ctx context.Context, of int64, tail string, args ...any) ([]cooperation.Partnership, error) {
	var out []cooperation.Partnership
	err := t.db.each(ctx, `SELECT `+partnershipColumns+` FROM partnership x `+tail, args, func(scan func(into ...any) error) error {
		g := cooperation.Partnership{Community: of, ID: partnershipID(0)}
		var made, active int64
		var begins, ends string
		s := &g.Source
		err := scan(&g.ID.No, &g.Title, &g.Purpose, &g.Topic, &begins, &ends, &g.Proposer, &g.State, &g.Hidden, &g.Reason, &made, &active,
			&s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
		if err != nil {
			return err
		}
		g.Made, g.Active = instant(made), instant(active)
		if g.From, err = text.ParseDate(begins); err != nil {
			return err
		}
		if ends != "" {
			g.Until, err = text.ParseDate(ends)
		}
		out = append(out, g)
		return err
	})
	for i := range out {
		if err == nil {
			err = t.parties(ctx, &out[i])
		}
	}
	return out, err
}

const partiesOf = `SELECT x.answer, x.member, x.at, ` + orgColumns + ` FROM partnership_party x `

// parties reads the organisations of a partnership. Two that were merged are one, which has agreed
// where one of them had.
func (t Partnerships) parties(ctx context.Context, g *cooperation.Partnership) error {
	query := partiesOf + orgOf("organisation") + ` WHERE x.community_id = $1 AND x.partnership = $2 ORDER BY x.place`
	return t.db.each(ctx, query, []any{g.Community, g.ID.No}, func(scan func(into ...any) error) error {
		var p cooperation.Party
		var at int64
		if err := scan(append([]any{&p.Answer, &p.Member, &at}, orgInto(&p.Organisation)...)...); err != nil {
			return err
		}
		p.At = instant(at)
		i := slices.IndexFunc(g.Parties, func(x cooperation.Party) bool { return x.Organisation.No == p.Organisation.No })
		switch {
		case i < 0:
			g.Parties = append(g.Parties, p)
		case p.Answer == cooperation.PartyAgreed:
			g.Parties[i] = p
		}
		return nil
	})
}

const twinPartnership = `
	SELECT number FROM partnership
	WHERE community_id = $1 AND proposer = $2 AND title = $3 AND made >= $4 AND state NOT IN ('withdrawn', 'ended')
	ORDER BY number DESC LIMIT 1`

const addPartnership = `
	INSERT INTO partnership (community_id, number, title, purpose, topic, begins, ends, proposer, state, hidden, reason, made, active,
		source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`

// AddPartnership implements cooperation.Partnerships.
func (t Partnerships) AddPartnership(ctx context.Context, g *cooperation.Partnership, since time.Time) (record.ID, error) {
	no, err := t.db.next(ctx, g.Community, string(rune(cooperation.PartnershipLetter)))
	if err != nil {
		return record.ID{}, err
	}
	// The counter's row is ours to the commit: a twin that was made at the same time is there by now.
	var twin int64
	found, err := t.db.one(ctx, twinPartnership, []any{g.Community, g.Proposer, g.Title, micros(since)}, &twin)
	if err != nil || found {
		return partnershipID(twin), err
	}
	g.ID = partnershipID(no)
	s := g.Source
	err = t.db.later(ctx, addPartnership, g.Community, no, g.Title, g.Purpose, g.Topic, g.From.String(), dateOrNone(g.Until), g.Proposer,
		string(g.State), g.Hidden, g.Reason, micros(g.Made), micros(g.Active), s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return record.ID{}, err
	}
	return record.ID{}, t.saveParties(ctx, g)
}

func dateOrNone(d text.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

const dropParties = `DELETE FROM partnership_party WHERE community_id = $1 AND partnership = $2`

const addParty = `INSERT INTO partnership_party (community_id, partnership, place, organisation, answer, member, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (t Partnerships) saveParties(ctx context.Context, g *cooperation.Partnership) error {
	if err := t.db.later(ctx, dropParties, g.Community, g.ID.No); err != nil {
		return err
	}
	for i, p := range g.Parties {
		err := t.db.later(ctx, addParty, g.Community, g.ID.No, int64(i+1), p.Organisation.No, string(p.Answer), p.Member, micros(p.At))
		if err != nil {
			return err
		}
	}
	return nil
}

// Partnership implements cooperation.Partnerships.
func (t Partnerships) Partnership(ctx context.Context, of int64, id record.ID) (*cooperation.Partnership, error) {
	return t.get(ctx, of, id, "")
}

// LockPartnership implements cooperation.Partnerships.
func (t Partnerships) LockPartnership(ctx context.Context, of int64, id record.ID) (*cooperation.Partnership, error) {
	return t.get(ctx, of, id, t.db.forUpdate())
}

func (t Partnerships) get(ctx context.Context, of int64, id record.ID, lock string) (*cooperation.Partnership, error) {
	if id.Letter != cooperation.PartnershipLetter {
		return nil, nil
	}
	gs, err := t.all(ctx, of, `WHERE x.community_id = $1 AND x.number = $2`+lock, of, id.No)
	if err != nil || len(gs) == 0 {
		return nil, err
	}
	return &gs[0], nil
}

const savePartnership = `
	UPDATE partnership SET title = $3, purpose = $4, topic = $5, begins = $6, ends = $7, proposer = $8, state = $9, hidden = $10, reason = $11,
		active = $12, source_platform = $13, source_space = $14, source_room = $15, source_thread = $16, source_message = $17, source_url = $18
	WHERE community_id = $1 AND number = $2`

// SavePartnership implements cooperation.Partnerships.
func (t Partnerships) SavePartnership(ctx context.Context, g *cooperation.Partnership) error {
	s := g.Source
	err := t.db.later(ctx, savePartnership, g.Community, g.ID.No, g.Title, g.Purpose, g.Topic, g.From.String(), dateOrNone(g.Until), g.Proposer,
		string(g.State), g.Hidden, g.Reason, micros(g.Active), s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return err
	}
	return t.saveParties(ctx, g)
}

// ListPartnerships implements cooperation.Partnerships.
func (t Partnerships) ListPartnerships(ctx context.Context, of int64, f cooperation.PartnerFilter) ([]cooperation.Partnership, error) {
	where, args := []string{"x.community_id = $1"}, []any{of}
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	states := f.States
	if len(states) == 0 {
		states = []cooperation.PartnershipState{cooperation.PartnersAgreed, cooperation.PartnersActive}
	}
	var ps []string
	for _, s := range states {
		ps = append(ps, param(string(s)))
	}
	where = append(where, "x.state IN ("+strings.Join(ps, ", ")+")")
	const party = "EXISTS (SELECT 1 FROM partnership_party y WHERE y.community_id = x.community_id AND y.partnership = x.number AND y."
	if f.Topic != "" {
		where = append(where, "x.topic = "+param(f.Topic))
	}
	if f.Organisation != 0 {
		where = append(where, party+"organisation = "+param(f.Organisation)+")")
	}
	if f.Member != 0 {
		m := param(f.Member)
		where = append(where, "(x.proposer = "+m+" OR "+party+"member = "+m+"))")
	}
	tail := `WHERE ` + strings.Join(where, " AND ") + ` ORDER BY x.number DESC`
	if f.N > 0 {
		tail += " LIMIT " + param(int64(f.N)) + " OFFSET " + param(int64(f.Skip))
	}
	return t.all(ctx, of, tail, args...)
}

// maxAnswerers is how many members are asked for an organisation that has no contacts.
const maxAnswerers = 3

const membersOf = `SELECT number FROM member WHERE community_id = $1 AND organisation = $2 AND stopped = FALSE AND erased = FALSE ORDER BY number LIMIT $3`

const reachable = `SELECT COUNT(*) FROM member WHERE community_id = $1 AND number = $2 AND stopped = FALSE AND erased = FALSE`

// Answerers implements cooperation.Partnerships.
func (t Partnerships) Answerers(ctx context.Context, of, org int64) ([]int64, error) {
	contacts, err := t.db.Directory().Contacts(ctx, of, org)
	if err != nil {
		return nil, err
	}
	var out []int64
	if len(contacts) == 0 {
		err := t.db.each(ctx, membersOf, []any{of, org, int64(maxAnswerers)}, func(scan func(into ...any) error) error {
			var no int64
			err := scan(&no)
			out = append(out, no)
			return err
		})
		return out, err
	}
	for _, no := range contacts {
		var n int64
		if _, err := t.db.one(ctx, reachable, []any{of, no}, &n); err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, no)
		}
	}
	return out, nil
}

// HasContacts implements cooperation.Partnerships.
func (t Partnerships) HasContacts(ctx context.Context, of, org int64) (bool, error) {
	contacts, err := t.db.Directory().Contacts(ctx, of, org)
	return len(contacts) > 0, err
}
