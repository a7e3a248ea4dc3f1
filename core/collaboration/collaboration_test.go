package collaboration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

func refusal(err error) string {
	var r *text.Refusal
	if errors.As(err, &r) {
		return r.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func day(t *testing.T, s string) text.Date {
	t.Helper()
	d, err := text.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCount(t *testing.T) {
	t.Parallel()
	org := func(no int64, country string, confirmed bool) community.Organisation {
		return community.Organisation{No: no, Country: country, Confirmed: confirmed}
	}
	for name, x := range map[string]struct {
		crew []community.Member
		want Counts
	}{
		"nobody":            {nil, Counts{}},
		"nothing said":      {[]community.Member{{No: 1}, {No: 2}}, Counts{Members: 2}},
		"one and nothing":   {[]community.Member{{No: 1, Country: "IT", Organisation: org(1, "IT", true)}, {No: 2}}, Counts{2, 1, 1}},
		"same organisation": {[]community.Member{{No: 1, Organisation: org(1, "IT", true)}, {No: 2, Organisation: org(1, "IT", true)}}, Counts{2, 1, 1}},
		"not confirmed":     {[]community.Member{{No: 1, Organisation: org(1, "IT", true)}, {No: 2, Organisation: org(2, "PL", false)}}, Counts{2, 1, 1}},
		"own country first": {[]community.Member{{No: 1, Country: "PL", Organisation: org(1, "IT", true)}}, Counts{1, 1, 1}},
		"three of each": {[]community.Member{{No: 1, Country: "IT", Organisation: org(1, "", true)}, {No: 2, Organisation: org(2, "PL", true)},
			{No: 3, Country: "IE", Organisation: org(3, "IE", true)}}, Counts{3, 3, 3}},
		"counted nowhere": {[]community.Member{{No: 1, Country: "IT"}, {No: 2, Country: "PL", Stopped: true}}, Counts{1, 0, 1}},
	} {
		if got := Count(x.crew); got != x.want {
			t.Errorf("%s: got %+v, want %+v", name, got, x.want)
		}
	}
}

func TestCheckUntil(t *testing.T) {
	t.Parallel()
	today := day(t, "2027-03-01")
	for until, want := range map[string]string{
		"2027-02-28": "collaboration.until.past",
		"2027-03-01": "collaboration.until.past",
		"2027-03-02": "",
		"2028-03-01": "",
		"2028-03-02": "collaboration.until.far",
		"9999-12-31": "collaboration.until.far",
	} {
		if got := refusal(CheckUntil(today, day(t, until))); got != want {
			t.Errorf("%s: got %q, want %q", until, got, want)
		}
	}
	if got := refusal(CheckUntil(today, text.Date{})); got != "collaboration.until.missing" {
		t.Errorf("no date: %q", got)
	}
}

func TestRoomName(t *testing.T) {
	t.Parallel()
	for theme, want := range map[string]string{
		"A shared rubric for remote assessment": "c2-shared-rubric",
		"The Perché of welding":                 "c2-perche-welding",
		"焊接":                                    "c2",
		"  ":                                    "c2",
		"#general @everyone <b>":                "c2-general-everyone",
		strings.Repeat("x", 80) + " rubric":     "c2-rubric",
		strings.Repeat("👩‍🏭", MaxTheme):         "c2",
	} {
		c := Collaboration{ID: record.ID{Letter: Letter, No: 2}, Theme: theme}
		if got := c.RoomName(); got != want {
			t.Errorf("%q: got %q, want %q", theme, got, want)
		}
	}
}

func TestOutcomeCheck(t *testing.T) {
	t.Parallel()
	r := record.ID{Letter: 'R', No: 13}
	make := func(context.Context, *Collaboration) (record.ID, error) { return record.ID{}, nil }
	for name, x := range map[string]struct {
		o       Outcome
		refused string
		results int
		because string
	}{
		"nothing":              {Outcome{}, "collaboration.outcome.empty", 0, ""},
		"words alone":          {Outcome{Text: "Done."}, "collaboration.close.needs", 0, ""},
		"blank reason":         {Outcome{Text: "Done.", Because: " \u200b"}, "collaboration.close.needs", 0, " \u200b"},
		"no result":            {Outcome{Text: "Done.", Because: "No time."}, "", 0, "No time."},
		"a resource twice":     {Outcome{Text: "Done.", Results: []record.ID{r, r, {}}}, "", 1, ""},
		"resource and because": {Outcome{Text: "Done.", Results: []record.ID{r}, Because: "None."}, "", 1, ""},
		"candidate":            {Outcome{Text: "Done.", Candidate: make}, "", 0, ""},
		"long":                 {Outcome{Text: strings.Repeat("x", MaxOutcome+1)}, "collaboration.outcome.long", 0, ""},
		"long reason":          {Outcome{Text: "Done.", Because: strings.Repeat("x", MaxReason+1)}, "collaboration.because.long", 0, ""},
	} {
		got, err := x.o.check()
		if refusal(err) != x.refused {
			t.Errorf("%s: got %q, want %q", name, refusal(err), x.refused)
		}
		if err == nil && (len(got.Results) != x.results || got.Because != x.because) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		t.Fatal(err)
	}
	until := day(t, "2027-03-30") // the clock changes on the 28th
	for days, want := range map[int]string{7: "2027-03-23T09:00:00Z", 1: "2027-03-29T08:00:00Z", -1: "2027-03-31T08:00:00Z"} {
		if got := Due(until, days, zone).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%d days before: got %s, want %s", days, got, want)
		}
	}
}

func TestMayChange(t *testing.T) {
	t.Parallel()
	c := Collaboration{Owner: 1}
	for _, x := range []struct {
		by   community.Member
		want bool
	}{
		{community.Member{No: 1, Role: community.RoleMember}, true},
		{community.Member{No: 2, Role: community.RoleMember}, false},
		{community.Member{No: 2, Role: community.RoleCurator}, false},
		{community.Member{No: 2, Role: community.RoleModerator}, true},
		{community.Member{No: 2, Role: community.RoleAdmin}, true},
	} {
		if got := c.MayChange(x.by); got != x.want {
			t.Errorf("%+v: %v", x.by, got)
		}
	}
	if (&Collaboration{}).MayChange(community.Member{Role: community.RoleMember}) {
		t.Error("nobody owns what has no owner")
	}
}

func TestEditNamesWhatChanged(t *testing.T) {
	t.Parallel()
	theme, goal, same := "Rubric ", "A goal", "didactics"
	c := Collaboration{Theme: "Rubrics", Goal: "Goal", Topic: "didactics"}
	got, err := Edit{Theme: &theme, Goal: &goal, Topic: &same}.apply(&c)
	if err != nil || strings.Join(got, " ") != "theme goal" || c.Theme != "Rubric" {
		t.Errorf("%v, %v, %+v", got, err, c)
	}
	empty := "\u200b"
	if _, err := (Edit{Theme: &empty}).apply(&c); refusal(err) != "collaboration.theme.empty" {
		t.Errorf("empty theme: %v", err)
	}
}
