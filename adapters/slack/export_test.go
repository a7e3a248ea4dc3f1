package slack

import "time"

// EveryKind and Messages are what the golden files show, for trying them on the fake Slack.
var (
	EveryKind = everyKind
	Messages  = messages
)

// Hurry makes a platform hand over at once what a test holds up.
func (p *Platform) Hurry(open, hold time.Duration) {
	p.patience = patience{open, hold, time.Hour, drainTime}
}

// EndSoon makes Run wait less long for what is under way at its end.
func (p *Platform) EndSoon(d time.Duration) { p.patience.end = d }
