package slacktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func n(count int) string { return strings.Repeat("x", count) }

// list is count copies of item with %d numbered, separated by commas.
func list(count int, item string) string {
	var all []string
	for i := range count {
		if strings.Contains(item, "%d") {
			all = append(all, fmt.Sprintf(item, i))
		} else {
			all = append(all, item)
		}
	}
	return strings.Join(all, ",")
}

const (
	anOption = `{"text":{"type":"plain_text","text":"O%d"},"value":"o%d"}`
	aButton  = `{"type":"button","action_id":"a%d","text":{"type":"plain_text","text":"B"}}`
)

func options(count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf(anOption, i, i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func inActions(element string) string { return `[{"type":"actions","elements":[` + element + `]}]` }

func inInput(element string) string {
	return `[{"type":"input","label":{"type":"plain_text","text":"L"},"element":` + element + `}]`
}

// refused are blocks of a message that Slack does not take, with a part of what it says.
var refused = []struct{ name, blocks, why string }{
	{"not a known type", `[{"type":"sectoin"}]`, "unsupported type: sectoin [json-pointer:/blocks/0/type]"},
	{"no type", `[{"text":"x"}]`, "missing required field: type"},
	{"51 blocks", `[` + list(51, `{"type":"divider"}`) + `]`, "no more than 50 items allowed [json-pointer:/blocks]"},
	{"unknown field of a block", `[{"type":"divider","color":"red"}]`, "invalid additional property: color [json-pointer:/blocks/0]"},
	{"unknown field of a button", inActions(`{"type":"button","disabled":true,"text":{"type":"plain_text","text":"B"}}`), "invalid additional property: disabled"},
	{"section without text", `[{"type":"section"}]`, "must define either"},
	{"empty text", `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
	{"section text", `[{"type":"section","text":{"type":"mrkdwn","text":"` + n(3001) + `"}}]`, "must be less than 3001 characters"},
	{"text is a string", `[{"type":"section","text":"x"}]`, "must be an object"},
	{"emoji in mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "invalid additional property: emoji"},
	{"field text", `[{"type":"section","fields":[{"type":"mrkdwn","text":"` + n(2001) + `"}]}]`, "must be less than 2001 characters"},
	{"11 fields", `[{"type":"section","fields":[` + list(11, `{"type":"mrkdwn","text":"x"}`) + `]}]`, "no more than 10 items allowed"},
	{"header", `[{"type":"header","text":{"type":"plain_text","text":"` + n(151) + `"}}]`, "must be less than 151 characters"},
	{"header in mrkdwn", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`, "unsupported type: mrkdwn"},
	{"26 buttons", inActions(list(26, aButton)), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
	{"no buttons", inActions(``), "no fewer than 1 items allowed"},
	{"button text", inActions(`{"type":"button","text":{"type":"plain_text","text":"` + n(76) + `"}}`), "must be less than 76 characters"},
	{"button value", inActions(`{"type":"button","value":"` + n(2001) + `","text":{"type":"plain_text","text":"B"}}`), "must be less than 2001 characters"},
	{"button style", inActions(`{"type":"button","style":"default","text":{"type":"plain_text","text":"B"}}`), "valid enum value"},
	{"button url", inActions(`{"type":"button","url":"example.org","text":{"type":"plain_text","text":"B"}}`), "invalid_url"},
	{"script as url", inActions(`{"type":"button","url":"javascript:alert(1)","text":{"type":"plain_text","text":"B"}}`), "invalid_url"},
	{"url of 3001", inActions(`{"type":"button","url":"https://example.org/` + n(2982) + `","text":{"type":"plain_text","text":"B"}}`), "must be less than 3001 characters"},
	{"action id", inActions(`{"type":"button","action_id":"` + n(256) + `","text":{"type":"plain_text","text":"B"}}`), "must be less than 256 characters"},
	{"same action id", inActions(`{"type":"button","action_id":"a","text":{"type":"plain_text","text":"B"}},{"type":"button","action_id":"a","text":{"type":"plain_text","text":"C"}}`), "already exists"},
	{"same block id", `[{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}]`, "already exists"},
	{"block id", `[{"type":"divider","block_id":"` + n(256) + `"}]`, "must be less than 256 characters"},
	{"11 in context", `[{"type":"context","elements":[` + list(11, `{"type":"mrkdwn","text":"x"}`) + `]}]`, "no more than 10 items allowed"},
	{"button in context", `[{"type":"context","elements":[{"type":"button","text":{"type":"plain_text","text":"B"}}]}]`, "unsupported type: button"},
	{"6 in overflow", inActions(`{"type":"overflow","options":` + options(6) + `}`), "no more than 5 items allowed"},
	{"11 checkboxes", inActions(`{"type":"checkboxes","options":` + options(11) + `}`), "no more than 10 items allowed"},
	{"101 in a menu", inActions(`{"type":"static_select","options":` + options(101) + `}`), "no more than 100 items allowed"},
	{"no options", inActions(`{"type":"static_select","options":[]}`), "no fewer than 1 items allowed"},
	{"neither options nor groups", inActions(`{"type":"static_select"}`), "must define either"},
	{"option text", inActions(`{"type":"static_select","options":[{"text":{"type":"plain_text","text":"` + n(76) + `"},"value":"v"}]}`), "must be less than 76 characters"},
	{"option value", inActions(`{"type":"static_select","options":[{"text":{"type":"plain_text","text":"O"},"value":"` + n(151) + `"}]}`), "must be less than 151 characters"},
	{"initial option", inActions(`{"type":"static_select","initial_option":` + fmt.Sprintf(anOption, 9, 9) + `,"options":` + options(2) + `}`), "must be one of the provided options"},
	{"placeholder", inActions(`{"type":"static_select","placeholder":{"type":"plain_text","text":"` + n(151) + `"},"options":` + options(2) + `}`), "must be less than 151 characters"},
	{"several choices in actions", inActions(`{"type":"multi_static_select","options":` + options(2) + `}`), "unsupported type: multi_static_select"},
	{"input in actions", inActions(`{"type":"plain_text_input"}`), "unsupported type: plain_text_input"},
	{"button in input", inInput(`{"type":"button","text":{"type":"plain_text","text":"B"}}`), "unsupported type: button"},
	{"min length", inInput(`{"type":"plain_text_input","min_length":3001}`), "must be a number"},
	{"date", inActions(`{"type":"datepicker","initial_date":"1.12.2030"}`), "must match the format"},
	{"confirm title", inActions(`{"type":"button","text":{"type":"plain_text","text":"B"},"confirm":{"title":{"type":"plain_text","text":"` + n(101) + `"},"text":{"type":"plain_text","text":"t"}}}`), "must be less than 101 characters"},
	{"image without alt text", `[{"type":"image","image_url":"https://example.org/a.png"}]`, "missing required field: alt_text"},
	{"image without address", `[{"type":"image","alt_text":"a"}]`, "must define either"},
	{"image of a file that is not there", `[{"type":"image","alt_text":"a","slack_file":{"id":"F1"}}]`, "invalid_slack_file"},
	{"markdown", `[{"type":"markdown","text":"` + n(12001) + `"}]`, "must be less than 12001 characters"},
}

// taken are blocks of a message at the limits.
var taken = []struct{ name, blocks string }{
	{"50 blocks", `[` + list(50, `{"type":"divider"}`) + `]`},
	{"section text", `[{"type":"section","text":{"type":"mrkdwn","text":"` + n(3000) + `"}}]`},
	{"text counted in characters", `[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("ż", 150) + `"}}]`},
	{"10 fields", `[{"type":"section","fields":[` + list(10, `{"type":"mrkdwn","text":"x"}`) + `]}]`},
	{"25 buttons", inActions(list(25, aButton))},
	{"overflow with links", `[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"overflow","options":[{"text":{"type":"plain_text","text":"O"},"value":"o","url":"https://example.org"}]}}]`},
	{"100 in a menu", inActions(`{"type":"static_select","options":` + options(100) + `}`)},
	{"groups", inActions(`{"type":"static_select","option_groups":[{"label":{"type":"plain_text","text":"G"},"options":` + options(3) + `}]}`)},
	{"checkboxes in mrkdwn", inActions(`{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"*x*"},"value":"x","description":{"type":"mrkdwn","text":"y"}}]}`)},
	{"menus of people", inActions(`{"type":"users_select"},{"type":"conversations_select","default_to_current_conversation":true},{"type":"channels_select"},{"type":"external_select","min_query_length":0}`)},
	{"context with a picture", `[{"type":"context","elements":[{"type":"image","image_url":"https://example.org/a.png","alt_text":"a"},{"type":"plain_text","text":"x"}]}]`},
	{"input in a message", inInput(`{"type":"plain_text_input","multiline":true,"min_length":1,"max_length":3000}`)},
	{"header with a level", `[{"type":"header","level":2,"text":{"type":"plain_text","text":"x"}}]`},
	{"nothing", `[]`},
}

func TestBlocksOfMessages(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	post := func(blocks string) (string, []string) {
		var out struct {
			Error    string `json:"error"`
			Metadata struct {
				Messages []string `json:"messages"`
			} `json:"response_metadata"`
		}
		call(t, s, "chat.postMessage", map[string]any{"channel": help.ID(), "text": "x", "blocks": json.RawMessage(blocks)}, &out)
		return out.Error, out.Metadata.Messages
	}
	for _, c := range refused {
		errCode, messages := post(c.blocks)
		if errCode != "invalid_blocks" || !strings.Contains(strings.Join(messages, "\n"), c.why) {
			t.Errorf("%s: %q with %q", c.name, errCode, messages)
		}
	}
	if n := len(s.Faults(slacktest.FaultBlocks)); n != len(refused) {
		t.Errorf("%d faults for %d cases", n, len(refused))
	}
	s.ForgetFaults()
	for _, c := range taken {
		if errCode, messages := post(c.blocks); errCode != "" {
			t.Errorf("%s: %q with %q", c.name, errCode, messages)
		}
	}
	noFaults(t, s)
	if n := len(help.All()); n != len(taken) {
		t.Errorf("%d messages posted", n)
	}
}

func TestRefusedBlocksAreExplainedToSlackGo(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	_, _, err := newAPI(s, s.BotToken()).PostMessage(help.ID(), slack.MsgOptionBlocks(section(n(3001))))
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) || e.Err != "invalid_blocks" || len(e.Errors) == 0 || len(e.ResponseMetadata.Messages) == 0 {
		t.Fatalf("got %#v", err)
	}
	contains(t, e.ResponseMetadata.Messages[1], "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]")
}

func TestBlocksThatAreNoListAndTooMuchText(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	for blocks, want := range map[string]string{
		`{"blocks":[]}`: "invalid_blocks_format",
		`[` + list(5, `{"type":"section","text":{"type":"mrkdwn","text":"`+n(3000)+`"}}`) + `]`: "msg_blocks_too_long",
	} {
		var out struct{ Error string }
		call(t, s, "chat.postMessage", map[string]any{"channel": help.ID(), "text": "x", "blocks": json.RawMessage(blocks)}, &out)
		if out.Error != want {
			t.Errorf("%.20s: got %q, want %q", blocks, out.Error, want)
		}
	}
}

func TestViews(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	ann := s.Workspace().User("ann")
	connect(t, s, nil)
	head := `"type":"modal","title":{"type":"plain_text","text":"T"}`
	for _, c := range []struct{ name, view, why string }{
		{"good", `{` + head + `,"blocks":[]}`, ""},
		{"no title", `{"type":"modal","blocks":[]}`, "missing required field: title [json-pointer:/view]"},
		{"title", `{"type":"modal","title":{"type":"plain_text","text":"` + n(25) + `"},"blocks":[]}`, "must be less than 25 characters [json-pointer:/view/title/text]"},
		{"unknown field", `{` + head + `,"blocks":[],"submit_disabled":true}`, "invalid additional property: submit_disabled"},
		{"metadata", `{` + head + `,"blocks":[],"private_metadata":"` + n(3001) + `"}`, "must be less than 3001 characters"},
		{"100 blocks", `{` + head + `,"blocks":[` + list(100, `{"type":"divider"}`) + `]}`, ""},
		{"101 blocks", `{` + head + `,"blocks":[` + list(101, `{"type":"divider"}`) + `]}`, "no more than 100 items allowed [json-pointer:/view/blocks]"},
		{"input without submit", `{` + head + `,"blocks":` + inInput(`{"type":"plain_text_input"}`) + `}`, "missing required field: submit"},
		{"same block id", `{` + head + `,"blocks":[{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}]}`, "already exists"},
		{"file input", `{` + head + `,"submit":{"type":"plain_text","text":"S"},"blocks":` + inInput(`{"type":"file_input","max_files":1}`) + `}`, ""},
		{"a home", `{"type":"home","blocks":[]}`, "must be modal"},
	} {
		var out struct {
			Error    string `json:"error"`
			Metadata struct {
				Messages []string `json:"messages"`
			} `json:"response_metadata"`
		}
		x := ann.GlobalShortcut("new").Wait()
		call(t, s, "views.open", map[string]any{"trigger_id": x.TriggerID(), "view": json.RawMessage(c.view)}, &out)
		all := strings.Join(out.Metadata.Messages, "\n")
		if (c.why == "") != (out.Error == "") || !strings.Contains(all, c.why) {
			t.Errorf("%s: %q with %q", c.name, out.Error, all)
		}
		if c.why != "" && out.Error != "invalid_arguments" {
			t.Errorf("%s: %q", c.name, out.Error)
		}
	}
	var out struct{ Error string }
	big := `{` + head + `,"blocks":[` + list(90, `{"type":"section","text":{"type":"mrkdwn","text":"`+n(2900)+`"}}`) + `]}`
	call(t, s, "views.open", map[string]any{"trigger_id": "1", "view": json.RawMessage(big)}, &out)
	if out.Error != "view_too_large" {
		t.Errorf("got %q", out.Error)
	}
}
