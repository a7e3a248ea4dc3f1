package discordtest

// Intent is the bit set with which an app says which events it wants.
type Intent int

// The intents. Source: "Gateway Intents" of Discord's reference.
const (
	Guilds          Intent = 1 << 0
	GuildMembers    Intent = 1 << 1 // privileged
	GuildPresences  Intent = 1 << 8 // privileged
	GuildMessages   Intent = 1 << 9
	GuildReactions  Intent = 1 << 10
	GuildTyping     Intent = 1 << 11
	DirectMessages  Intent = 1 << 12
	DirectReactions Intent = 1 << 13
	DirectTyping    Intent = 1 << 14
	MessageContent  Intent = 1 << 15 // privileged

	privileged  = GuildMembers | GuildPresences | MessageContent
	allIntents  = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
	noIntent    = Intent(0) // of events that everybody gets
	maxPerShard = 2500
)

func (i Intent) has(j Intent) bool { return i&j == j }
