package slack

// EveryKind and Messages are what the golden files show, for trying them on the fake Slack.
var (
	EveryKind = everyKind
	Messages  = messages
)
