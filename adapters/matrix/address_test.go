package matrix

import "testing"

const me = "@guildhall:example.org"

func TestAddressed(t *testing.T) {
	t.Parallel()
	html := func(s string) content {
		return content{Body: "x", Format: "org.matrix.custom.html", HTML: s}
	}
	for _, x := range []struct {
		name   string
		c      content
		body   string
		direct bool
		text   string
		to     bool
	}{
		{"prefix", content{}, "!ask How?", false, "ask How?", true},
		{"prefix and space before", content{}, "  !ask How?", false, "ask How?", true},
		{"prefix, lines kept", content{}, "!ask How?\nAnd why?", false, "ask How?\nAnd why?", true},
		{"a slash as some clients send it", content{}, "/ask How?", false, "ask How?", true},
		{"a path is no command", content{}, "/etc/passwd is a file", false, "/etc/passwd is a file", false},
		{"an exclamation", content{}, "! how", false, "! how", false},
		{"exclamations", content{}, "!!! wow", false, "!!! wow", false},
		{"a number", content{}, "!1", false, "!1", false},
		{"a mention by id", content{}, "@guildhall:example.org: ask How?", false, "ask How?", true},
		{"a mention by id without colon", content{}, "@guildhall:example.org ask How?", false, "ask How?", true},
		{"a mention by name", content{}, "Guildhall: ask How?", false, "ask How?", true},
		{"a mention by name with comma", content{}, "guildhall, ask How?", false, "ask How?", true},
		{"a mention by name with at", content{}, "@guildhall ask How?", false, "ask How?", true},
		{"a mention and a prefix", content{}, "@guildhall: !ask How?", false, "ask How?", true},
		{"a name of two words", content{}, "VET Net: help", false, "help", true},
		{"talk about us", content{}, "Guildhall is nice", false, "Guildhall is nice", false},
		{"somebody with a longer name", content{}, "@guildhaller: hi", false, "@guildhaller: hi", false},
		{"another server's", content{}, "@guildhall:example.organic hi", false, "@guildhall:example.organic hi", false},
		{"only the name", content{}, "Guildhall", false, "", true},
		{"a pill", html(`<a href="https://matrix.to/#/@guildhall:example.org">Bot</a>: ask How &amp; why?`), "Bot: ask How & why?", false, "ask How & why?", true},
		{"an escaped pill", html(`<p><a href='https://matrix.to/#/%40guildhall%3Aexample.org?via=example.org'>Bot</a> ask How?</p>`), "Bot ask How?", false, "ask How?", true},
		{"a pill of somebody else", html(`<a href="https://matrix.to/#/@ann:example.org">Ann</a>: ask`), "Ann: ask", false, "Ann: ask", false},
		{"a pill later on", html(`I like <a href="https://matrix.to/#/@guildhall:example.org">Bot</a>`), "I like Bot", false, "I like Bot", false},
		{"directly, all is for us", content{}, "stop", true, "stop", true},
		{"directly with prefix", content{}, "!stop", true, "stop", true},
		{"just talk", content{}, "Good morning!", false, "Good morning!", false},
	} {
		if got := addressed(x.c, x.body, "!", me, []string{"VET Net", "guildhall"}, x.direct); got.Text != x.text || got.To != x.to {
			t.Errorf("%s: %+v", x.name, got)
		}
	}
}

func TestWithoutQuote(t *testing.T) {
	t.Parallel()
	answered := &relates{Answered: &inReplyTo{"$a"}}
	for _, x := range []struct {
		relates *relates
		body    string
		want    string
	}{
		{answered, "> <@ann:example.org> How?\n> And why?\n\n!deposit", "!deposit"},
		{answered, "> * <@ann:example.org> waves\n\nhello\n> quoted", "hello\n> quoted"},
		{answered, "no quote", "no quote"},
		{nil, "> <@ann:example.org> typed so\n\nhello", "> <@ann:example.org> typed so\n\nhello"},
		{answered, "> just a quotation", "> just a quotation"},
	} {
		if got := withoutQuote(content{Body: x.body, Relates: x.relates}); got != x.want {
			t.Errorf("%q: %q", x.body, got)
		}
	}
}

func TestBridged(t *testing.T) {
	t.Parallel()
	for sender, want := range map[string]bool{
		"@slack_u012:example.org": true, "@_discord_1234:example.org": true, "@ann:example.org": false,
		"@slack:example.org": false, "@anna_maria:example.org": false,
	} {
		if bridged(entry{Sender: sender}, content{}) != want {
			t.Errorf("%s: %v", sender, !want)
		}
	}
	if !bridged(entry{Sender: "@ann:example.org"}, content{Puppet: []byte(`"mautrix-slack"`)}) {
		t.Error("a double puppet is not seen")
	}
}
