package slacktest

type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	noToken
)

// method is one method of the Web API. Tier, whether it reads JSON bodies, required arguments and scopes
// are those of Slack's published reference; where scopes depend on the kind of conversation, the method
// asks for them itself.
type method struct {
	name     string
	tier     int
	json     bool
	token    tokenKind
	required []string
	scopes   []string // one of these, always
	run      func(c *call) (obj, *apiError)
}

// methods are the methods that exist here, by name.
var methods = map[string]*method{}

// The methods themselves look into the table, so that it cannot be an initialised variable.
func init() {
	for _, m := range []*method{
		{name: "api.test", tier: 4, json: true, token: noToken, run: (*call).apiTest},
		{name: "auth.test", tier: 5, json: true, run: (*call).authTest},
		{name: "auth.revoke", tier: 3, run: (*call).authRevoke},
		{name: "apps.connections.open", tier: 3, json: true, token: appToken, run: (*call).connectionsOpen},
		{name: "apps.uninstall", tier: 1, required: []string{"client_id", "client_secret"}, run: (*call).appsUninstall},
		{name: "apps.manifest.validate", tier: 3, json: true, token: noToken, required: []string{"manifest"}, run: (*call).manifestValidate},
		{name: "oauth.v2.access", tier: 5, token: noToken, run: (*call).oauthAccess},
		{name: "team.info", tier: 3, json: true, scopes: []string{"team:read"}, run: (*call).teamInfo},
		{name: "bots.info", tier: 3, scopes: []string{"users:read"}, run: (*call).botsInfo},

		{name: "chat.postMessage", tier: 5, json: true, required: []string{"channel"}, scopes: []string{"chat:write"}, run: (*call).postMessage},
		{name: "chat.postEphemeral", tier: 4, json: true, required: []string{"channel", "user"}, scopes: []string{"chat:write"}, run: (*call).postEphemeral},
		{name: "chat.update", tier: 3, json: true, required: []string{"channel", "ts"}, scopes: []string{"chat:write"}, run: (*call).chatUpdate},
		{name: "chat.delete", tier: 3, json: true, required: []string{"channel", "ts"}, scopes: []string{"chat:write"}, run: (*call).chatDelete},
		{name: "chat.getPermalink", tier: 5, required: []string{"channel", "message_ts"}, run: (*call).permalink},

		{name: "conversations.create", tier: 2, json: true, required: []string{"name"}, run: (*call).create},
		{name: "conversations.archive", tier: 2, json: true, required: []string{"channel"}, run: (*call).archive},
		{name: "conversations.unarchive", tier: 2, json: true, required: []string{"channel"}, run: (*call).unarchive},
		{name: "conversations.rename", tier: 2, json: true, required: []string{"channel", "name"}, run: (*call).rename},
		{name: "conversations.setTopic", tier: 2, json: true, required: []string{"channel", "topic"}, run: (*call).setTopic},
		{name: "conversations.setPurpose", tier: 2, json: true, required: []string{"channel", "purpose"}, run: (*call).setPurpose},
		{name: "conversations.invite", tier: 3, json: true, required: []string{"channel", "users"}, run: (*call).invite},
		{name: "conversations.join", tier: 3, json: true, required: []string{"channel"}, scopes: []string{"channels:join"}, run: (*call).joinChannel},
		{name: "conversations.leave", tier: 3, json: true, required: []string{"channel"}, run: (*call).leaveChannel},
		{name: "conversations.kick", tier: 3, json: true, required: []string{"channel"}, run: (*call).kick},
		{name: "conversations.open", tier: 3, json: true, run: (*call).open},
		{name: "conversations.close", tier: 2, json: true, required: []string{"channel"}, run: (*call).closeConversation},
		{name: "conversations.info", tier: 3, required: []string{"channel"}, run: (*call).channelInfo},
		{name: "conversations.list", tier: 2, run: (*call).channelList},
		{name: "conversations.members", tier: 4, required: []string{"channel"}, run: (*call).channelMembers},
		{name: "conversations.history", tier: 3, json: true, required: []string{"channel"}, run: (*call).history},
		{name: "conversations.replies", tier: 3, required: []string{"channel", "ts"}, run: (*call).repliesTo},

		{name: "users.info", tier: 4, required: []string{"user"}, scopes: []string{"users:read"}, run: (*call).userInfo},
		{name: "users.list", tier: 2, scopes: []string{"users:read"}, run: (*call).userList},
		{name: "users.lookupByEmail", tier: 3, required: []string{"email"}, scopes: []string{"users:read.email"}, run: (*call).userByEmail},
		{name: "users.conversations", tier: 3, run: (*call).userConversations},

		{name: "views.open", tier: 4, json: true, required: []string{"view"}, run: (*call).viewsOpen},
		{name: "views.push", tier: 4, json: true, required: []string{"view"}, run: (*call).viewsPush},
		{name: "views.update", tier: 4, json: true, required: []string{"view"}, run: (*call).viewsUpdate},
		{name: "views.publish", tier: 4, json: true, required: []string{"user_id", "view"}, run: (*call).viewsPublish},

		{name: "reactions.add", tier: 3, json: true, required: []string{"name", "channel", "timestamp"}, scopes: []string{"reactions:write"}, run: (*call).reactionAdd},
		{name: "reactions.remove", tier: 2, json: true, required: []string{"name"}, scopes: []string{"reactions:write"}, run: (*call).reactionRemove},
		{name: "reactions.get", tier: 3, scopes: []string{"reactions:read"}, run: (*call).reactionGet},
		{name: "pins.add", tier: 2, json: true, required: []string{"channel"}, scopes: []string{"pins:write"}, run: (*call).pinAdd},
		{name: "pins.remove", tier: 2, json: true, required: []string{"channel"}, scopes: []string{"pins:write"}, run: (*call).pinRemove},
		{name: "pins.list", tier: 2, required: []string{"channel"}, scopes: []string{"pins:read"}, run: (*call).pinList},
		{name: "bookmarks.add", tier: 2, json: true, required: []string{"channel_id", "title", "type"}, scopes: []string{"bookmarks:write"}, run: (*call).bookmarkAdd},
		{name: "bookmarks.edit", tier: 2, json: true, required: []string{"channel_id", "bookmark_id"}, scopes: []string{"bookmarks:write"}, run: (*call).bookmarkEdit},
		{name: "bookmarks.remove", tier: 2, json: true, required: []string{"channel_id", "bookmark_id"}, scopes: []string{"bookmarks:write"}, run: (*call).bookmarkRemove},
		{name: "bookmarks.list", tier: 3, json: true, required: []string{"channel_id"}, scopes: []string{"bookmarks:read"}, run: (*call).bookmarkList},

		{name: "files.getUploadURLExternal", tier: 4, required: []string{"filename", "length"}, scopes: []string{"files:write"}, run: (*call).uploadURL},
		{name: "files.completeUploadExternal", tier: 4, json: true, required: []string{"files"}, scopes: []string{"files:write"}, run: (*call).completeUpload},
		{name: "files.info", tier: 4, required: []string{"file"}, scopes: []string{"files:read"}, run: (*call).fileInfo},
		{name: "files.list", tier: 3, scopes: []string{"files:read"}, run: (*call).fileList},
		{name: "files.delete", tier: 3, json: true, required: []string{"file"}, scopes: []string{"files:write"}, run: (*call).fileDelete},
	} {
		methods[m.name] = m
	}
}
