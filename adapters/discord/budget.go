package discord

import (
	"time"

	"guildhall/core/chat"
	"guildhall/core/work"
)

// wholeBot is the budget of all that the queue does with the bot's token: Discord counts that together,
// whichever program does it. What answers interactions has no part in it.
const wholeBot = "bot"

// Budget implements chat.Pacer. The limits of single channels need none: what goes to a channel stands
// in one lane.
func (p *Platform) Budget(kind string, _ chat.Address) string {
	if kind == "chat.whisper" {
		return ""
	}
	return wholeBot
}

// Rate implements chat.Pacer.
func (p *Platform) Rate(string) work.Rate {
	most := p.rest.pace.most
	return work.Rate{Every: time.Second / time.Duration(most), Burst: most}
}
