package build

import (
	"guildhall/bots/fading"
	"guildhall/core/chat"
	corecomm "guildhall/core/communication"
)

// fading is the bot that tells askers before the talk of their request disappears.
func (p parts) fading(desk *corecomm.Desk) chat.Bot {
	return fading.New(fading.Parts{Desk: desk, Communities: p.people, Queue: p.Queue, Now: p.Now,
		Platform: func(id chat.PlatformID) (chat.Platform, bool) {
			pf, ok := p.guild.platforms()[id]
			return pf, ok
		}})
}
