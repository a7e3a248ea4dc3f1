package community

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"guildhall/core/text"
)

func TestWhoMayGiveWhichRole(t *testing.T) {
	t.Parallel()
	who := func(no int64, r Role) Member { return Member{No: no, Role: r} }
	for name, x := range map[string]struct {
		me, m  Member
		to     Role
		admins int
		no     string
	}{
		"a member makes themself an admin":       {who(1, RoleMember), who(1, RoleMember), RoleAdmin, 1, "chat.role.moderator"},
		"a member makes another a curator":       {who(1, RoleMember), who(2, RoleMember), RoleCurator, 1, "chat.role.moderator"},
		"a moderator makes a curator":            {who(1, RoleModerator), who(2, RoleMember), RoleCurator, 1, ""},
		"a moderator makes a moderator":          {who(1, RoleModerator), who(2, RoleMember), RoleModerator, 1, "community.role.admin_only"},
		"a moderator makes themself an admin":    {who(1, RoleModerator), who(1, RoleModerator), RoleAdmin, 1, "community.role.admin_only"},
		"a moderator unmakes another":            {who(1, RoleModerator), who(2, RoleModerator), RoleMember, 1, "community.role.admin_only"},
		"a moderator unmakes one of two admins":  {who(1, RoleModerator), who(2, RoleAdmin), RoleMember, 2, "community.role.admin_only"},
		"an admin makes an admin":                {who(1, RoleAdmin), who(2, RoleMember), RoleAdmin, 1, ""},
		"an admin unmakes another":               {who(1, RoleAdmin), who(2, RoleAdmin), RoleMember, 2, ""},
		"the last admin steps down":              {who(1, RoleAdmin), who(1, RoleAdmin), RoleModerator, 1, "community.role.last_admin"},
		"one of two admins steps down":           {who(1, RoleAdmin), who(1, RoleAdmin), RoleMember, 2, ""},
		"a moderator steps down":                 {who(1, RoleModerator), who(1, RoleModerator), RoleMember, 1, ""},
		"a curator steps down":                   {who(1, RoleCurator), who(1, RoleCurator), RoleMember, 1, ""},
		"a curator makes another a plain member": {who(1, RoleCurator), who(2, RoleCurator), RoleMember, 1, "chat.role.moderator"},
	} {
		err := mayGive(x.me, x.m, x.to, x.admins)
		var no *text.Refusal
		if errors.As(err, &no) != (x.no != "") || no != nil && no.Key != x.no {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodesAreReadAloudAndTypedBack(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[A-Z]+-[1-9][0-9]-[A-Z]+$`)
	seen := map[string]bool{}
	for range 200 {
		code, err := NewCode()
		if err != nil || !form.MatchString(code) {
			t.Fatalf("%q %v", code, err)
		}
		seen[code] = true
	}
	if len(seen) < 195 { // of seven million: a repeat among two hundred is a rarity
		t.Errorf("%d different ones", len(seen))
	}
	words := map[string]bool{}
	for _, w := range codeWords {
		words[w] = true
	}
	if len(words) != len(codeWords) {
		t.Error("a word stands twice")
	}
	for typed, want := range map[string]string{
		"kestrel-41-larch": "KESTREL-41-LARCH", " Kestrel 41 Larch. ": "KESTREL-41-LARCH", "KESTREL–41–LARCH": "KESTREL-41-LARCH",
		"`KESTREL-41-LARCH`": "KESTREL-41-LARCH", "": "", "💥": "",
	} {
		if got := CleanCode(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	if len(CleanCode(strings.Repeat("A", 5000))) > 70 {
		t.Error("a long code stays long")
	}
}

func TestTopicsGetCodesFromTheirNames(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Green skills": "green-skills", "Competenze & energia": "competenze-energia", "Übergänge in Łódź": "ubergange-in-lodz",
		"AI/ML": "ai-ml", "Навыки": "навыки", "!!!": "", "% _": "", strings.Repeat("long ", 20): "long-long-long-long-long-long-long-long",
	} {
		if got := TopicCode(label); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}
