package slack_test

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// Whatever is at one of Slack's limits or one above it, in whatever characters, is taken: by blocks, by lengths, by
// numbers of controls; and what it is called is there in words, too.
func TestAtSlacksLimitsAndOneAbove(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithoutLimits()}})
	letters := []string{"é", "👩🏽‍🔧", "&", "<!channel>", "*b* "}
	fill := func(n int, c string) text.Rich {
		return text.Plain(strings.Repeat(c, max(1, n/len([]rune(c)))) + strings.Repeat("y", n%len([]rune(c))))
	}
	rows := func(n int) (out []chat.Row) {
		for i := range n {
			out = append(out, chat.Row{Text: text.Plain(fmt.Sprint("row ", i)), Buttons: []chat.Button{{Key: fmt.Sprint("1~", i), Label: "Show"}}})
		}
		return out
	}
	buttons := func(n, length int, c string) (out []chat.Button) {
		for i := range n {
			out = append(out, chat.Button{Key: fmt.Sprint("1~", i), Label: fill(length, c).Plain(), Name: fill(length, c).Plain()})
		}
		return out
	}
	options := func(n int) (out []chat.Option) {
		for i := range n {
			out = append(out, chat.Option{Value: fmt.Sprint("o", i), Label: fill(76, "🔧").Plain(), About: fill(76, "é").Plain()})
		}
		return out
	}
	var all []chat.Message
	add := func(m chat.Message) { all = append(all, m) }
	for _, c := range letters {
		for _, n := range []int{149, 150, 151} {
			add(chat.Message{Kind: chat.Card, Title: fill(n, c), Body: []text.Rich{text.Plain("b")}})
		}
		for _, n := range []int{3000, 3001} {
			add(chat.Message{Body: []text.Rich{fill(n, c)}})
			add(chat.Message{Quote: []text.Rich{fill(n, c)}})
			add(chat.Message{Body: []text.Rich{fill(n, c).With(text.StyleBold)}, Note: []text.Rich{fill(n, c)}})
		}
		for _, n := range []int{2000, 2001} {
			add(chat.Message{Fields: []chat.Field{{Name: fill(76, c).Plain(), Value: fill(n, c)}}})
		}
		for _, n := range []int{74, 75, 76} {
			add(chat.Message{Body: []text.Rich{text.Plain("b")}, Buttons: buttons(2, n, c)})
		}
	}
	add(chat.Message{Body: []text.Rich{fill(13_201, "&"), fill(3000, "🔧")}})
	for _, n := range []int{48, 49, 50, 51, 120} {
		add(chat.Message{Kind: chat.Card, Title: text.Plain("T"), List: rows(n), Buttons: buttons(3, 5, "x")})
		m := chat.Message{Buttons: buttons(3, 5, "x")}
		for range n {
			m.Body = append(m.Body, text.Plain("paragraph"))
		}
		add(m)
	}
	for _, n := range []int{10, 11, 25, 26, 51} {
		m := chat.Message{Body: []text.Rich{text.Plain("b")}, Buttons: buttons(n, 5, "x")}
		for i := range n {
			m.Fields, m.Note = append(m.Fields, chat.Field{Name: fmt.Sprint(i), Value: text.Plain("v")}), append(m.Note, text.Plain("n"))
		}
		add(m)
	}
	for _, n := range []int{1, 99, 100, 101} {
		add(chat.Message{Body: []text.Rich{text.Plain("b")}, Menus: []chat.Menu{{Key: "1~m", Label: fill(76, "é").Plain(), Options: options(n)}, {Key: "1~n", Label: "N", Many: true, Options: options(n)}}})
	}
	for i, m := range all {
		send(st, st.at(st.room, ""), m, fmt.Sprint("m", i))
		if i%4 != 0 {
			continue
		}
		if err := st.p.Whisper(t.Context(), st.at(st.room, ""), st.account(st.ann), "", m, chat.Key{ID: fmt.Sprint("w", i)}); err != nil {
			t.Errorf("number %d: %v", i, err)
		}
	}
	for _, m := range st.room.All() {
		if strings.TrimSpace(m.Text) == "" || len(m.Blocks) == 0 || len(m.Blocks) > 50 {
			t.Errorf("%d blocks, in words %q", len(m.Blocks), m.Text)
		}
	}
	if n := len(st.room.All()); n != len(all) {
		t.Errorf("%d of %d messages", n, len(all))
	}
	st.clean()
}
