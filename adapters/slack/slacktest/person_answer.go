package slacktest

// AwaitAnswer waits until the app has written a message into to's conversation, after it, that shows all of texts.
// It looks at nothing older, so that it takes as long in a conversation of thousands of messages as in a new one.
func (u *User) AwaitAnswer(to Message, texts ...string) Message {
	x := u.must(to)
	return awaitValue(u.s, u.name+" to be answered", func() (Message, bool) {
		for i := len(x.ch.messages) - 1; i >= 0 && x.ch.messages[i].ts > x.ts; i-- {
			if m := x.ch.messages[i]; m.bot != nil {
				if s := m.snapshot(); containsAll(s.Shown, texts) {
					return s, true
				}
			}
		}
		return Message{}, false
	})
}
