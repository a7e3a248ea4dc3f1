package slack_test

import (
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// Only what people write is heard as such: not what Slack says by itself, nor what programs write in whatever way.
func TestSubtypes(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	say := func(more map[string]any) {
		inner := map[string]any{"type": "message", "channel": st.room.ID(), "channel_type": "channel", "user": st.ann.ID(), "text": "words"}
		for k, v := range more {
			inner[k] = v
		}
		st.w.Event(inner)
	}
	for i, subtype := range []string{"channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive", "channel_convert_to_private",
		"bot_message", "bot_add", "reminder_add", "pinned_item", "ekm_access_denied", "huddle_thread", "sh_room_created", "assistant_app_thread", "of_tomorrow"} {
		say(map[string]any{"subtype": subtype, "ts": "1700000000.0001" + string(rune('a'+i))})
	}
	say(map[string]any{"ts": "1700000000.000201", "bot_id": "B0FOREIGN"})                                            // a program that writes as a person
	say(map[string]any{"ts": "1700000000.000202", "user": ""})                                                       // nobody
	say(map[string]any{"ts": "1700000000.000203", "user": "USLACKBOT"})                                              // Slack's own
	say(map[string]any{"ts": "1700000000.000204", "user": st.w.Bot().ID(), "text": st.w.Bot().Mention() + " ask x"}) // ourselves
	for i, subtype := range []string{"me_message", "file_share", "thread_broadcast"} {
		say(map[string]any{"subtype": subtype, "ts": "1700000000.00030" + string(rune('1'+i)), "text": subtype})
	}
	root := st.ann.Say("#help", "a question")
	st.bea.ReplyAlso(root, "shown in the channel, too")
	st.s.AwaitAcks()
	var got []string
	for _, ev := range st.hall.heard(chat.Said) {
		if !ev.From.Bot {
			got = append(got, ev.Text)
		}
	}
	if strings.Join(got, "|") != "me_message|file_share|thread_broadcast|a question|shown in the channel, too" {
		t.Errorf("heard %q", got)
	}
	if n := len(st.hall.heard(chat.Edited, chat.Deleted, chat.Entered, chat.Left, chat.Invoked)); n != 0 {
		t.Errorf("%d other events", n)
	}
	st.clean()
}

// People of other workspaces and of Enterprise Grid are people; whoever cannot be looked up still is somebody.
func TestStrangers(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = saying("well met")
	st.w.Event(map[string]any{"type": "message", "channel": st.room.ID(), "channel_type": "channel", "user": "W0GRID", "user_team": "T0OTHER", "source_team": "T0OTHER",
		"text": "hello <@W0OTHER> and <@W1GRID|kim>", "ts": "1700000000.000100"})
	st.s.AwaitAcks()
	got := st.hall.heard(chat.Said)
	if len(got) != 1 || got[0].From.Account != chat.AccountID(st.w.ID()+"/W0GRID") || got[0].From.Name == "" || got[0].From.Bot ||
		!strings.HasSuffix(got[0].Text, "and @kim") || strings.Contains(got[0].Text, "<@") {
		t.Errorf("heard %+v", got)
	}
	st.clean()
}

// What changes about people and channels is noticed; who is gone cannot be written to, and that is said once and for all.
func TestPeopleChange(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.ann.Say("#help", "one")
	st.s.AwaitAcks()
	st.ann.Change(slacktest.Locale("de-DE"))
	st.s.AwaitAcks()
	st.ann.Say("#help", "two")
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said); len(got) != 2 || got[0].From.Locale != "it-IT" || got[1].From.Locale != "de-DE" {
		t.Errorf("heard %+v", got)
	}
	st.ann.Rename("#help", "first-aid")
	st.s.AwaitAcks()
	st.bea.SayRaw("#first-aid", "see <#"+st.room.ID()+">")
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said); len(got) != 3 || got[2].Text != "see #first-aid" {
		t.Errorf("heard %+v", got[len(got)-1])
	}
	st.bea.Deactivate()
	st.s.AwaitAcks()
	if _, err := st.p.Direct(t.Context(), chat.SpaceID(st.w.ID()), st.account(st.bea)); err == nil {
		t.Error("somebody who is gone can be written to")
	}
}

// Channels come to an end, and get other ids.
func TestChannelsChange(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.w.Event(map[string]any{"type": "channel_id_changed", "old_channel_id": st.room.ID(), "new_channel_id": "C0NEW"})
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Moved); len(got) != 1 || got[0].Where.Room != st.at(st.room, "").Room || got[0].Text != st.w.ID()+"/C0NEW" {
		t.Errorf("moved %+v", got)
	}
	st.ann.Archive("#help")
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Left); len(got) == 0 || got[0].Where.Room != st.at(st.room, "").Room {
		t.Errorf("left %+v", got)
	}
	if _, err := st.p.Send(t.Context(), st.at(st.room, ""), plainMessage("x"), chat.Key{ID: "k"}); err == nil {
		t.Error("an archived channel takes messages")
	}
}

// A response address that is used up or gone is no reason for an answer to get lost.
func TestResponseAddressesEnd(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	m := plainMessage("card")
	m.Buttons = []chat.Button{{Key: "1~x", Label: "Join"}}
	send(st, st.at(st.room, ""), m, "card")
	card := st.ann.Await("#help", slacktest.ByApp("card"))
	via := make(chan string, 1)
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		via <- ev.Via
		return chat.Answer{}, nil
	}
	st.ann.Press(card, "Join").Wait()
	handle := <-via
	whisper := func(words string) {
		t.Helper()
		if err := st.p.Whisper(t.Context(), st.at(st.room, ""), st.account(st.ann), handle, plainMessage(words), chat.Key{ID: words}); err != nil {
			t.Fatal(err)
		}
		st.ann.Await("#help", slacktest.ByApp(words))
	}
	st.s.Trouble(slacktest.Trouble{Method: "response_url", Kind: slacktest.FailBefore, Status: 404})
	whisper("one")
	for _, words := range []string{"two", "three", "four", "five", "six", "seven"} {
		whisper(words)
	}
	if st.s.Count("chat.postEphemeral") < 3 {
		t.Errorf("%d ephemerals", st.s.Count("chat.postEphemeral"))
	}
	st.clean()
}
