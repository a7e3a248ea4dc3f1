package sharing

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

func TestFirst(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		policy    community.Policy
		role      community.Role
		published int
		want      State
	}{
		{community.PolicyOpen, community.RoleMember, 0, Published},
		{community.PolicyTrusted, community.RoleMember, 0, Submitted},
		{community.PolicyTrusted, community.RoleMember, 1, Published},
		{community.PolicyTrusted, community.RoleCurator, 0, Published},
		{community.PolicyReviewed, community.RoleAdmin, 9, Submitted},
		{"something else", community.RoleAdmin, 9, Submitted},
		{"", community.RoleMember, 0, Submitted},
	} {
		if got := First(x.policy, x.role, x.published); got != x.want {
			t.Errorf("%s, %s, %d published: %s, want %s", x.policy, x.role, x.published, got, x.want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	use := func(member, org int64, country string, confirmed bool) Use {
		return Use{Member: member, Organisation: community.Organisation{No: org, Country: country, Confirmed: confirmed}}
	}
	silent := use(9, 9, "FR", true)
	silent.Silent = true
	for _, x := range []struct {
		name string
		uses []Use
		want Reach
	}{
		{"none", nil, Reach{}},
		{"without an organisation", []Use{use(1, 0, "", false), use(2, 0, "IT", true)}, Reach{2, 0, 0}},
		{"unconfirmed ones never count", []Use{use(1, 1, "IT", true), use(2, 2, "PL", false)}, Reach{2, 1, 1}},
		{"one organisation, two members", []Use{use(1, 1, "IT", true), use(2, 1, "IT", true)}, Reach{2, 1, 1}},
		{"a missing country is no other country", []Use{use(1, 1, "IT", true), use(2, 2, "", true)}, Reach{2, 2, 1}},
		{"two countries", []Use{use(1, 1, "IT", true), use(2, 2, "PL", true), use(3, 3, "PL", true)}, Reach{3, 3, 2}},
		{"who stopped is counted nowhere", []Use{use(1, 1, "IT", true), silent}, Reach{1, 1, 1}},
	} {
		if got := Count(x.uses); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}

func TestParseLicence(t *testing.T) {
	t.Parallel()
	for _, l := range Licences {
		if got, ok := ParseLicence(" " + strings.ToLower(string(l)) + " "); got != l || !ok || !l.AllowsCopies() {
			t.Errorf("%s: %s, %v", l, got, ok)
		}
	}
	if got, ok := ParseLicence(" "); got != Reserved || !ok || got.AllowsCopies() {
		t.Errorf("nothing: %q, %v", got, ok)
	}
	for _, s := range []string{"CC-BY", "GPL-2.0-only", "mine", "MIT OR Apache-2.0"} {
		if got, ok := ParseLicence(s); ok {
			t.Errorf("%s was taken as %s", s, got)
		}
	}
}

func TestWhoMayReadAndChange(t *testing.T) {
	t.Parallel()
	type answer struct{ read, change bool }
	who := []community.Member{
		{}, {No: 1, Role: community.RoleMember}, {No: 2, Role: community.RoleMember}, {No: 3, Role: community.RoleCurator}, {No: 4, Role: community.RoleModerator},
	}
	for _, x := range []struct {
		state  State
		hidden bool
		issued int64
		reads  string // nobody, depositor, another, curator, moderator
	}{
		{Draft, false, 0, "01001"}, {Submitted, false, 0, "01011"}, {Published, false, 1, "11111"}, {Superseded, false, 1, "11111"},
		{Withdrawn, false, 1, "11111"}, {Withdrawn, false, 0, "01001"}, {Published, true, 1, "00001"}, {Draft, true, 0, "00001"},
	} {
		r := Resource{State: x.state, Hidden: x.hidden, Depositor: 1, Issued: time.Unix(x.issued, 0)}
		if x.issued == 0 {
			r.Issued = time.Time{}
		}
		for i, m := range who {
			got := answer{r.MayRead(m), r.MayChange(m)}
			if want := (answer{x.reads[i] == '1', i == 1 || i == 4}); got != want {
				t.Errorf("%s hidden %v, member %d: %+v, want %+v", x.state, x.hidden, i, got, want)
			}
		}
	}
}

func TestMayKeep(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		licence     Licence
		said        community.Answer
		keep, named bool
	}{
		{"CC-BY-4.0", "", true, true}, {Reserved, "", false, true}, {"CC-BY-4.0", community.ConsentWaiting, false, true},
		{"CC-BY-4.0", community.ConsentYes, true, true}, {"CC-BY-4.0", community.ConsentAlways, true, true},
		{"CC-BY-4.0", community.ConsentUnnamed, true, false}, {"CC-BY-4.0", community.ConsentNo, false, false}, {Reserved, community.ConsentYes, false, true},
	} {
		r := Resource{Licence: x.licence, Said: x.said, Creator: 7}
		if r.MayKeep() != x.keep || r.Named() != x.named {
			t.Errorf("%q %q: keep %v, named %v", x.licence, x.said, r.MayKeep(), r.Named())
		}
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	box := New(Store{Normalize: plain}, nil)
	sha := strings.Repeat("ab", 32)
	good := Deposit{Title: " Welding\nrubric ", Link: " https://Example.org/a ", Licence: "cc-by-4.0", Topics: []string{"a", "", "a"},
		Files: []File{{Name: "\u202e", SHA: strings.ToUpper(sha), Kept: true}, {Name: "again", SHA: sha}, {Name: "b", Ref: "x"}, {Name: "c", Ref: "x"}}}
	r, err := box.draft(community.Member{No: 3, Community: 1}, good)
	if err != nil {
		t.Fatal(err)
	}
	if r.Title != "Welding rubric" || r.Link != "https://Example.org/a" || r.Plain != "https://example.org/a" || r.Licence != "CC-BY-4.0" ||
		!slices.Equal(r.Topics, []string{"a"}) {
		t.Errorf("%+v", r)
	}
	want := []File{{Name: "file", SHA: sha, Kept: true}, {Name: "b", Ref: "x"}}
	if !slices.Equal(r.Files, want) {
		t.Errorf("files %+v", r.Files)
	}
	for _, x := range []struct {
		key, arg string
		change   func(d *Deposit)
	}{
		{"sharing.title.empty", "title", func(d *Deposit) { d.Title = " \u200b " }},
		{"sharing.long", "title", func(d *Deposit) { d.Title = strings.Repeat("é", MaxTitle+1) }},
		{"sharing.long", "summary", func(d *Deposit) { d.Summary = strings.Repeat("é", MaxSummary+1) }},
		{"sharing.long", "audience", func(d *Deposit) { d.Audience = strings.Repeat("é", MaxAudience+1) }},
		{"sharing.link", "link", func(d *Deposit) { d.Link = "javascript:alert(1)" }},
		{"sharing.empty", "file", func(d *Deposit) { d.Link, d.Files = "", nil }},
		{"sharing.licence.unknown", "licence", func(d *Deposit) { d.Licence = "WTFPL" }},
		{"sharing.licence.needed", "licence", func(d *Deposit) { d.Link, d.Licence = "", Reserved }},
		{"sharing.kind_unknown", "kind", func(d *Deposit) { d.Kind = "poem" }},
		{"sharing.level", "level", func(d *Deposit) { d.Level = 9 }},
		{"sharing.level", "level", func(d *Deposit) { d.Level = -1 }},
		{"sharing.files", "file", func(d *Deposit) { d.Files = manyFiles(MaxFiles + 1) }},
		{"sharing.topics", "topics", func(d *Deposit) {
			for range MaxTopics + 1 {
				d.Topics = append(d.Topics, strings.Repeat("t", 3+len(d.Topics)))
			}
		}},
	} {
		d := good
		x.change(&d)
		_, err := box.draft(community.Member{No: 3}, d)
		var no *text.Refusal
		if !errors.As(err, &no) || no.Key != x.key || no.Arg != x.arg {
			t.Errorf("%v, want %s about %s", err, x.key, x.arg)
		}
	}
	d := good
	d.Link, d.Licence, d.Source = "", Reserved, record.Source{Message: "m1"}
	if _, err := box.draft(community.Member{No: 3}, d); err != nil {
		t.Errorf("files that stay in their message: %v", err)
	}
}

func manyFiles(n int) []File {
	var out []File
	for i := range n {
		out = append(out, File{Name: "f", Ref: strings.Repeat("r", i+1)})
	}
	return out
}

// plain is a simple form of a link.
func plain(link string) (string, error) {
	if !strings.HasPrefix(strings.ToLower(link), "http") {
		return "", errors.New("no address")
	}
	return strings.ToLower(link), nil
}

func TestSame(t *testing.T) {
	t.Parallel()
	a := Content{Plain: "p", Files: []File{{SHA: "1"}, {Ref: "x"}}}
	for _, x := range []struct {
		name string
		b    Content
		want bool
	}{
		{"itself", a, true},
		{"another link", Content{Plain: "q", Files: a.Files}, false},
		{"a file less", Content{Plain: "p", Files: a.Files[:1]}, false},
		{"another content", Content{Plain: "p", Files: []File{{SHA: "2"}, {Ref: "x"}}}, false},
		{"another place", Content{Plain: "p", Files: []File{{SHA: "1"}, {Ref: "y"}}}, false},
		{"nothing known of a file", Content{Plain: "p", Files: []File{{SHA: "1"}, {}}}, false},
	} {
		if got := a.Same(x.b); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}
