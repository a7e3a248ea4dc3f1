package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// house is an office on a database, with one community in one space.
type house struct {
	t   *testing.T
	db  *DB
	d   Directory
	o   *community.Office
	now time.Time
	of  int64
}

func newHouse(t *testing.T, db *DB) *house {
	t.Helper()
	h := &house{t: t, db: db, d: db.Directory(), now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	h.o = community.NewOffice(community.Store{Transactions: db, People: h.d, Organisations: h.d, Topics: h.d, Spaces: h.d, Reports: h.d, Acts: h.d},
		func() time.Time { return h.now })
	h.of = h.found("VET Net", "hall")
	return h
}

func (h *house) in(fn func(ctx context.Context) error) {
	h.t.Helper()
	if err := h.db.Atomically(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) found(name, space string) (of int64) {
	h.t.Helper()
	h.in(func(ctx context.Context) error {
		c, err := h.d.Found(ctx, community.Community{Name: name, Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, h.now)
		if err != nil {
			return err
		}
		of = c.ID
		return h.d.AddSpace(ctx, community.Space{Community: of, Platform: "web", ID: space, Name: space, Noise: community.NoiseAll, Joined: h.now})
	})
	return of
}

// member makes a member of a community who lives in a space.
func (h *house) member(of int64, account, space string, r community.Role) (m community.Member) {
	h.t.Helper()
	h.in(func(ctx context.Context) (err error) {
		if m, _, err = h.d.Enter(ctx, of, "web", chat.SpaceID(space), chat.Author{Account: chat.AccountID(account), Name: account}, h.now); err != nil {
			return err
		}
		m.Role = r
		return h.d.SetRole(ctx, of, m.No, r)
	})
	return m
}

func (h *house) load(of, no int64) community.Member {
	h.t.Helper()
	m, err := h.d.Member(h.t.Context(), of, no)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func (h *house) refused(err error, key string) {
	h.t.Helper()
	var no *text.Refusal
	if !errors.As(err, &no) || no.Key != key {
		h.t.Errorf("want %s, got %v", key, err)
	}
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// many runs fn from 32 goroutines at once and counts those for which it says yes.
func (h *house) many(fn func(i int) (bool, error)) int {
	h.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for i := range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			yes, err := fn(i)
			mu.Lock()
			defer mu.Unlock()
			var no *text.Refusal
			if err != nil && !errors.As(err, &no) {
				h.t.Error(err)
			}
			if yes {
				n++
			}
		}()
	}
	wg.Wait()
	return n
}

func ptr[T any](v T) *T { return &v }

func TestProfilesOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		out, err := h.o.Change(t.Context(), ann, community.Profile{Name: ptr("Ann  B."), Language: ptr("it"), Country: ptr("IT"), Zone: ptr("Europe/Rome"),
			Topics: ptr([]string{"funding", "didactics", "funding"}), Helper: ptr(true), Reviewer: ptr(true), WeeklyCap: ptr(5), Quote: ptr(community.QuoteAlways),
			Organisation: ptr("CFP Bologna")})
		h.ok(err)
		m := h.load(h.of, ann.No)
		if m.Name != "Ann B." || m.Language != "it" || m.Country != "IT" || m.Zone != "Europe/Rome" || !slices.Equal(m.Topics, []string{"didactics", "funding"}) ||
			!m.Helper || !m.Reviewer || m.WeeklyCap != 5 || m.Quote != community.QuoteAlways || m.Organisation.Name != "CFP Bologna" || m.Organisation.Confirmed {
			t.Errorf("%+v", m)
		}
		if out.Unconfirmed == nil || out.Unconfirmed.No != m.Organisation.No || m.Organisation.Country != "IT" {
			t.Errorf("%+v", out)
		}
		// However it is typed, it is the same one; and what nothing is said about stays.
		bea := h.member(h.of, "bea", "hall", community.RoleMember)
		out, err = h.o.Change(t.Context(), bea, community.Profile{Organisation: ptr("cfp bológna")})
		h.ok(err)
		if out.Member.Organisation.No != m.Organisation.No || out.Member.Name != "bea" || out.Member.WeeklyCap != 3 {
			t.Errorf("%+v", out.Member)
		}
		out, err = h.o.Change(t.Context(), bea, community.Profile{Organisation: ptr(""), Language: ptr("")})
		h.ok(err)
		if out.Member.Organisation.No != 0 || out.Unconfirmed != nil {
			t.Errorf("%+v", out)
		}
		for key, p := range map[string]community.Profile{
			"community.profile.name":      {Name: ptr(" ")},
			"community.profile.cap":       {WeeklyCap: ptr(0)},
			"community.shorter":           {Name: ptr(strings.Repeat("a", 61))},
			"community.organisation.name": {Organisation: ptr("💥💥")},
		} {
			_, err := h.o.Change(t.Context(), bea, p)
			h.refused(err, key)
		}
		// Texts too long to be compared are no names: they must not all become one organisation.
		_, err = h.o.Change(t.Context(), bea, community.Profile{Organisation: ptr(strings.Repeat("職", 120))})
		h.refused(err, "community.organisation.name")
		again, err := h.o.Stop(t.Context(), ann, true)
		h.ok(err)
		if again || !h.load(h.of, ann.No).Stopped {
			t.Error("not stopped")
		}
		again, err = h.o.Stop(t.Context(), ann, true)
		h.ok(err)
		if !again {
			t.Error("stopped twice")
		}
	})
}

func TestOneNewOrganisationNamedByManyAtOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		var all []community.Member
		for i := range 32 {
			all = append(all, h.member(h.of, fmt.Sprintf("m%d", i), "hall", community.RoleMember))
		}
		h.many(func(i int) (bool, error) {
			_, err := h.o.Change(t.Context(), all[i], community.Profile{Organisation: ptr([]string{"ZDZ Poznań", "zdz poznan"}[i%2])})
			return err == nil, err
		})
		list, err := h.d.ListOrganisations(t.Context(), h.of)
		h.ok(err)
		if len(list) != 1 || list[0].Members != 32 || list[0].Confirmed {
			t.Errorf("%+v", list)
		}
	})
}

func TestRolesOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		mod := h.member(h.of, "mod", "hall", community.RoleModerator)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		give := func(by community.Member, no int64, r community.Role) error {
			_, _, err := h.o.GiveRole(t.Context(), by, no, r)
			return err
		}
		h.refused(give(ann, ann.No, community.RoleAdmin), "chat.role.moderator")
		h.refused(give(mod, ann.No, community.RoleModerator), "community.role.admin_only")
		h.refused(give(mod, mia.No, community.RoleMember), "community.role.last_admin")
		h.refused(give(mia, mia.No, community.RoleMember), "community.role.last_admin")
		h.refused(give(mia, 99, community.RoleAdmin), "community.nobody")
		h.ok(give(mod, ann.No, community.RoleCurator))
		h.ok(give(mia, ann.No, community.RoleAdmin))
		h.ok(give(mia, mia.No, community.RoleModerator)) // two were there: one may step down
		if a, m := h.load(h.of, ann.No), h.load(h.of, mia.No); a.Role != community.RoleAdmin || m.Role != community.RoleModerator {
			t.Errorf("%v %v", a.Role, m.Role)
		}
		// What the caller was when the command was parsed does not count, but what they are now.
		h.refused(give(mia, mod.No, community.RoleMember), "community.role.admin_only")
		// A number of another community means nobody here.
		other := h.found("Other", "elsewhere")
		stranger := h.member(other, "eve", "elsewhere", community.RoleAdmin)
		_, _, err := h.o.GiveRole(t.Context(), stranger, 2, community.RoleAdmin)
		h.refused(err, "community.nobody")
		if got := h.load(h.of, 2); got.Role != community.RoleModerator {
			t.Errorf("%+v", got)
		}
	})
}

func TestOneAdminIsLeftWhenAllStepDownAtOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		var all []community.Member
		for i := range 32 {
			all = append(all, h.member(h.of, fmt.Sprintf("a%d", i), "hall", community.RoleAdmin))
		}
		if n := h.many(func(i int) (bool, error) {
			_, _, err := h.o.GiveRole(t.Context(), all[i], all[i].No, community.RoleMember)
			return err == nil, err
		}); n != 31 {
			t.Errorf("%d stepped down", n)
		}
	})
}

func TestOneCodeIsUsedOnceAndAcceptedOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		inv, err := h.o.Invite(t.Context(), mia)
		h.ok(err)
		if n := h.many(func(i int) (bool, error) {
			_, k, err := h.o.Knock(t.Context(), strings.ToLower(strings.ReplaceAll(inv.Code, "-", " ")), guest(i))
			return k == community.KnockAsked, err
		}); n != 1 {
			t.Errorf("%d spaces asked with one code", n)
		}
		if n := h.many(func(int) (bool, error) {
			_, _, err := h.o.Admit(t.Context(), mia, inv.Code)
			return err == nil, err
		}); n != 1 {
			t.Errorf("accepted %d times", n)
		}
		spaces, err := h.d.Spaces(t.Context(), h.of)
		h.ok(err)
		if len(spaces) != 2 || !slices.ContainsFunc(spaces, func(s community.Space) bool { return strings.HasPrefix(s.ID, "guest") && s.Name == "ZDZ Poznań" }) {
			t.Errorf("%+v", spaces)
		}
		_, err = h.o.TurnAway(t.Context(), mia, inv.Code)
		h.refused(err, "community.invite.settled.accepted")
	})
}

func guest(i int) community.Guest {
	return community.Guest{Platform: "web", Space: fmt.Sprintf("guest%d", i), Room: "lobby", Name: "ZDZ Poznań", People: 34, Account: fmt.Sprintf("g%d", i)}
}

func TestCodesAreGuessedSlowly(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		inv, err := h.o.Invite(t.Context(), mia)
		h.ok(err)
		knock := func(code string, g community.Guest) community.Knocked {
			_, k, err := h.o.Knock(t.Context(), code, g)
			h.ok(err)
			return k
		}
		for range 5 {
			if k := knock("KESTREL-11-LARCH", guest(1)); k != community.KnockUnknown {
				t.Errorf("%s", k)
			}
		}
		if k := knock(inv.Code, guest(1)); k != community.KnockSlow {
			t.Errorf("the sixth try in an hour: %s", k)
		}
		// Others of the same space go on a little, then the space as a whole waits.
		same := guest(1)
		for i := range 5 {
			same.Account = fmt.Sprintf("other%d", i)
			knock("KESTREL-11-LARCH", same)
		}
		same.Account = "fresh"
		if k := knock(inv.Code, same); k != community.KnockSlow {
			t.Errorf("the twelfth try in a space: %s", k)
		}
		h.now = h.now.Add(61 * time.Minute)
		if k := knock(inv.Code, guest(1)); k != community.KnockAsked {
			t.Errorf("after an hour: %s", k)
		}
		// Who waits for one answer asks for no other.
		second, err := h.o.Invite(t.Context(), mia)
		h.ok(err)
		if k := knock(second.Code, guest(1)); k != community.KnockWaits {
			t.Error(k)
		}
		h.now = h.now.AddDate(0, 0, 7)
		if k := knock(second.Code, guest(2)); k != community.KnockUnknown {
			t.Errorf("an expired code: %s", k)
		}
		// Another community's moderator knows nothing of it.
		other := h.member(h.found("Other", "elsewhere"), "eve", "elsewhere", community.RoleAdmin)
		_, _, err = h.o.Admit(t.Context(), other, inv.Code)
		h.refused(err, "community.invite.none")
		_, err = h.o.TurnAway(t.Context(), other, inv.Code)
		h.refused(err, "community.invite.none")
		// Nor can one accept a code that nobody has used.
		_, _, err = h.o.Admit(t.Context(), mia, second.Code)
		h.refused(err, "community.invite.none")
		h.in(func(ctx context.Context) error { return h.d.SweepCodes(ctx, h.now.Add(time.Hour)) })
		if _, err := h.o.TurnAway(t.Context(), mia, inv.Code); err != nil {
			t.Errorf("what waits was swept: %v", err)
		}
	})
}

func TestLeavingNeverLeavesNobody(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		_, err := h.o.Leave(t.Context(), mia, "web", "hall")
		h.refused(err, "community.leave.only")
		inv, err := h.o.Invite(t.Context(), mia)
		h.ok(err)
		_, _, err = h.o.Knock(t.Context(), inv.Code, guest(1))
		h.ok(err)
		_, _, err = h.o.Admit(t.Context(), mia, inv.Code)
		h.ok(err)
		_, err = h.o.Leave(t.Context(), mia, "web", "hall")
		h.refused(err, "community.leave.admins")
		bea := h.member(h.of, "bea", "guest1", community.RoleAdmin)
		// Both spaces leave at once: one of them stays.
		if n := h.many(func(i int) (bool, error) {
			_, err := h.o.Leave(t.Context(), []community.Member{mia, bea}[i%2], "web", []string{"hall", "guest1"}[i%2])
			return err == nil, err
		}); n != 1 {
			t.Errorf("%d left", n)
		}
	})
}

func TestTopicsOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		green, err := h.o.AddTopic(t.Context(), mia, "Green skills & energy", "en")
		h.ok(err)
		if green.Code != "green-skills-energy" {
			t.Error(green.Code)
		}
		_, err = h.o.AddTopic(t.Context(), mia, "GREEN SKILLS & energy", "en")
		h.refused(err, "community.topic.there")
		_, err = h.o.AddTopic(t.Context(), mia, "💥", "en")
		h.refused(err, "community.topic.label")
		_, err = h.o.RenameTopic(t.Context(), mia, "green-skills-energy", "Competenze verdi", "it")
		h.ok(err)
		_, err = h.o.RenameTopic(t.Context(), mia, "nothing", "Nulla", "it")
		h.refused(err, "community.topic.none")
		_, err = h.o.Change(t.Context(), mia, community.Profile{Topics: ptr([]string{"green-skills-energy", "didactics"})})
		h.ok(err)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		_, err = h.o.Change(t.Context(), ann, community.Profile{Topics: ptr([]string{"funding", "green-skills-energy"})})
		h.ok(err)
		_, _, err = h.o.MergeTopics(t.Context(), mia, "didactics", "didactics")
		h.refused(err, "community.topic.itself")
		_, _, err = h.o.MergeTopics(t.Context(), mia, "green-skills-energy", "didactics")
		h.ok(err)
		_, _, err = h.o.MergeTopics(t.Context(), mia, "didactics", "green-skills-energy") // which is didactics now
		h.refused(err, "community.topic.itself")
		if m, a := h.load(h.of, mia.No), h.load(h.of, ann.No); !slices.Equal(m.Topics, []string{"didactics"}) || !slices.Equal(a.Topics, []string{"funding", "didactics"}) {
			t.Errorf("%q %q", m.Topics, a.Topics)
		}
		all, err := h.d.Topics(t.Context(), h.of)
		h.ok(err)
		last := all[slices.IndexFunc(all, func(t community.Topic) bool { return t.Code == "green-skills-energy" })]
		if !last.Hidden || last.Into != "didactics" || last.Labels["it"] != "Competenze verdi" {
			t.Errorf("%+v", last)
		}
		if acts, err := h.d.ActsOf(t.Context(), h.of, mia.No, 2); err != nil || len(acts) != 2 || acts[0].What != "topic.merged" || acts[0].About != "topic green-skills-energy" {
			t.Errorf("%+v %v", acts, err)
		}
	})
}

func TestOrganisationsOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		out, err := h.o.Change(t.Context(), ann, community.Profile{Organisation: ptr("CFP Bologna")})
		h.ok(err)
		no := out.Member.Organisation.No
		w, again, err := h.o.Confirm(t.Context(), mia, no)
		h.ok(err)
		if again || !w.Confirmed || !h.load(h.of, ann.No).Organisation.Confirmed {
			t.Errorf("%+v", w)
		}
		second, err := h.o.AddOrganisation(t.Context(), mia, community.Organisation{Name: "C.F.P. di Bologna", Country: "IT"})
		h.ok(err)
		if second.No == no || !second.Confirmed || second.Kind != "provider" {
			t.Errorf("%+v", second)
		}
		_, _, err = h.o.EditOrganisation(t.Context(), mia, second.No, community.OrganisationEdit{Name: ptr("cfp bologna")})
		h.refused(err, "community.organisation.taken")
		_, contacts, err := h.o.EditOrganisation(t.Context(), mia, second.No, community.OrganisationEdit{Kind: ptr("network"), Site: ptr("https://example.org"), Contact: &ann.No})
		h.ok(err)
		if !slices.Equal(contacts, []int64{ann.No}) {
			t.Error(contacts)
		}
		gone, kept, err := h.o.MergeOrganisations(t.Context(), mia, no, second.No)
		h.ok(err)
		if gone.No != no || kept.No != second.No || h.load(h.of, ann.No).Organisation.No != second.No {
			t.Errorf("%+v %+v", gone, kept)
		}
		// The old name and number lead to the other one.
		if again, err := h.o.Change(t.Context(), mia, community.Profile{Organisation: ptr("CFP Bologna")}); err != nil || again.Member.Organisation.No != second.No {
			t.Errorf("%+v %v", again, err)
		}
		if w, _, err := h.o.Confirm(t.Context(), mia, no); err != nil || w.No != second.No {
			t.Errorf("%+v %v", w, err)
		}
		_, _, err = h.o.MergeOrganisations(t.Context(), mia, no, second.No)
		h.refused(err, "community.organisation.itself")
		_, _, err = h.o.Confirm(t.Context(), mia, 99)
		h.refused(err, "community.organisation.none")
		// Merging two into each other at once ends well.
		third, err := h.o.AddOrganisation(t.Context(), mia, community.Organisation{Name: "Third"})
		h.ok(err)
		if n := h.many(func(i int) (bool, error) {
			a, b := second.No, third.No
			if i%2 == 1 {
				a, b = b, a
			}
			_, _, err := h.o.MergeOrganisations(t.Context(), mia, a, b)
			return err == nil, err
		}); n != 1 {
			t.Errorf("merged %d times", n)
		}
	})
}

func TestReportsOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		at := record.Source{Platform: "web", Space: "hall", Room: "r1", Message: "m1"}
		if n := h.many(func(int) (bool, error) {
			_, again, err := h.o.Report(t.Context(), ann, community.Report{Source: at, Excerpt: "Buy this", Writer: "Spammer", Reason: "spam"})
			return !again && err == nil, err
		}); n != 1 {
			t.Errorf("%d reports of one message by one member", n)
		}
		_, again, err := h.o.Report(t.Context(), mia, community.Report{Source: at, Excerpt: "Buy this", Reason: "spam"})
		h.ok(err)
		if again {
			t.Error("another member's report was taken for the first one's")
		}
		var n int
		h.in(func(ctx context.Context) (err error) { n, err = h.o.Forget(ctx, at); return err })
		open, err := h.d.OpenReports(t.Context(), h.of)
		h.ok(err)
		if n != 2 || len(open) != 2 || open[0].Excerpt != "" || open[0].Writer != "Spammer" {
			t.Errorf("%d %+v", n, open)
		}
		if n := h.many(func(int) (bool, error) {
			_, again, err := h.o.Settle(t.Context(), mia, open[0].No)
			return !again && err == nil, err
		}); n != 1 {
			t.Errorf("settled %d times", n)
		}
		_, _, err = h.o.Settle(t.Context(), h.member(h.found("Other", "elsewhere"), "eve", "elsewhere", community.RoleAdmin), open[1].No)
		h.refused(err, "community.report.none")
	})
}

func TestErasingLeavesANumber(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		ann := h.member(h.of, "ann", "hall", community.RoleMember)
		mod := h.member(h.of, "mod", "hall", community.RoleModerator)
		_, err := h.o.Change(t.Context(), ann, community.Profile{Organisation: ptr("CFP Bologna"), Country: ptr("IT"), Quote: ptr(community.QuoteAlways)})
		h.ok(err)
		_, _, err = h.o.EditOrganisation(t.Context(), mia, 1, community.OrganisationEdit{Contact: &ann.No})
		h.ok(err)
		l := db.Ledger()
		h.in(func(ctx context.Context) error {
			return errors.Join(l.SetConsent(ctx, h.of, ann.No, "H1.1", community.ConsentYes, h.now),
				db.Desk().AddTodo(ctx, h.of, ann.No, "consent/H1.2", []byte("{}"), h.now))
		})
		_, _, err = h.o.Report(t.Context(), ann, community.Report{Subject: "R1", Reason: "wrong"})
		h.ok(err)

		h.refused(h.o.Erase(t.Context(), ann, mod.No), "chat.role.admin")
		h.refused(h.o.Erase(t.Context(), mia, mod.No), "community.erase.role")
		h.refused(h.o.Erase(t.Context(), mia, mia.No), "community.erase.last_admin")
		h.refused(h.o.Erase(t.Context(), mia, 99), "community.nobody")
		h.ok(h.o.Erase(t.Context(), ann, ann.No))
		h.refused(h.o.Erase(t.Context(), mia, ann.No), "community.nobody")

		m := h.load(h.of, ann.No)
		want := community.Member{Community: h.of, No: ann.No, Role: community.RoleMember, Quote: community.QuoteNever, WeeklyCap: 3, Stopped: true, Erased: true, Joined: m.Joined}
		if m.Topics = nil; fmt.Sprint(m) != fmt.Sprint(want) {
			t.Errorf("%+v", m)
		}
		accounts, err := h.d.Accounts(t.Context(), h.of, ann.No)
		h.ok(err)
		todos, err := db.Desk().Todos(t.Context(), h.of, ann.No)
		h.ok(err)
		consents, err := h.d.ConsentsOf(t.Context(), h.of, ann.No)
		h.ok(err)
		contacts, err := h.d.Contacts(t.Context(), h.of, 1)
		h.ok(err)
		reports, err := h.d.OpenReports(t.Context(), h.of)
		h.ok(err)
		if len(accounts)+len(todos)+len(contacts) != 0 || len(consents) != 1 || consents[0].Answer != community.ConsentUnnamed ||
			len(reports) != 1 || reports[0].By != 0 || reports[0].Reason != "" {
			t.Errorf("%+v %q %+v %v %+v", accounts, todos, consents, contacts, reports)
		}
		// Whoever comes back is somebody new.
		if back := h.member(h.of, "ann", "hall", community.RoleMember); back.No == ann.No || back.Name != "ann" {
			t.Errorf("%+v", back)
		}
	})
}

func TestWhatModeratorsLookUpOnEachEngine(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		h := newHouse(t, db)
		mia := h.member(h.of, "mia", "hall", community.RoleAdmin)
		at := record.Source{Platform: "web", Space: "hall", Room: "r", Message: "m"}
		var asked []record.ID
		for i, space := range []string{"hall", "annex", "hall"} {
			at.Space, at.Message = space, fmt.Sprint(i)
			r := &communication.Request{Community: h.of, Question: fmt.Sprintf("Question %d?", i), Asker: mia.No, State: communication.Open,
				To: communication.Everyone, Source: at, Asked: h.now, Active: h.now}
			h.in(func(ctx context.Context) error {
				err := db.Requests().Add(ctx, r)
				return err
			})
			asked = append(asked, r.ID)
		}
		gone, err := db.Requests().ByID(t.Context(), h.of, asked[2])
		h.ok(err)
		gone.State = communication.Withdrawn
		h.in(func(ctx context.Context) error { return db.Requests().Save(ctx, gone) })
		ids, err := h.d.RecordsFrom(t.Context(), h.of, "web", "hall")
		h.ok(err)
		if len(ids) != 1 || ids[0].String() != "H1" {
			t.Errorf("%v", ids)
		}
		l := db.Ledger()
		h.in(func(ctx context.Context) error {
			return errors.Join(
				l.Record(ctx, record.Change{Community: h.of, Subject: record.Subject{ID: asked[0]}, What: "opened", By: mia.No, At: h.now}),
				l.Record(ctx, record.Change{Community: h.of, Subject: record.Subject{ID: asked[0], Part: 1}, What: "answered", By: 99, At: h.now}),
				l.Record(ctx, record.Change{Community: h.of, Subject: record.Subject{ID: asked[1]}, What: "opened", By: mia.No, At: h.now}))
		})
		for name, x := range map[string]struct {
			id   record.ID
			by   int64
			want string
		}{
			"all": {record.ID{}, 0, "H2 opened, H1.1 answered, H1 opened"}, "one record": {asked[0], 0, "H1.1 answered, H1 opened"},
			"one member": {record.ID{}, mia.No, "H2 opened, H1 opened"}, "both": {asked[0], 99, "H1.1 answered"},
		} {
			list, err := l.Audit(t.Context(), h.of, x.id, x.by, 10)
			h.ok(err)
			var got []string
			for _, c := range list {
				got = append(got, c.Subject.String()+" "+c.What)
			}
			if strings.Join(got, ", ") != x.want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if list, err := l.Audit(t.Context(), h.of, record.ID{}, 0, 1); err != nil || len(list) != 1 {
			t.Errorf("%v %v", list, err)
		}
		if guests, err := h.d.Guests(t.Context(), h.of); err != nil || len(guests) != 0 {
			t.Errorf("%v %v", guests, err)
		}
	})
}
