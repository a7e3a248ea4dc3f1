package slack

import (
	"strings"

	"guildhall/core/chat"
)

// join makes an id of Slack's unique beyond its workspace.
func join(team, id string) string {
	if id == "" {
		return ""
	}
	return team + "/" + id
}

// split is an id's workspace and what Slack calls it there.
func split(id string) (team, own string) {
	team, own, ok := strings.Cut(id, "/")
	if !ok {
		return "", id
	}
	return team, own
}

func roomID(team, channel string) chat.RoomID    { return chat.RoomID(join(team, channel)) }
func accountID(team, user string) chat.AccountID { return chat.AccountID(join(team, user)) }

// channelOf is what Slack calls a room, and the workspace of an address.
func channelOf(a chat.Address) (team, channel string) {
	team, channel = split(string(a.Room))
	if team == "" {
		team = string(a.Space)
	}
	return team, channel
}

// userOf is what Slack calls an account.
func userOf(a chat.AccountID) string {
	_, user := split(string(a))
	return user
}

// isDirect says whether a channel's id is one of a direct message.
func isDirect(channel string) bool { return strings.HasPrefix(channel, "D") }
