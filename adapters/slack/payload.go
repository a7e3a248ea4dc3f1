package slack

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// delivery is one thing that Slack tells us, over a socket or by a request.
type delivery struct {
	app     *app
	kind    string // events_api, slash_commands, interactive
	payload json.RawMessage
	retry   int
	came    time.Time
	// done ends the delivery: with an acknowledgement, which may carry an answer, or with an error, after
	// which Slack tells us again or tells the person that it failed. It is called once.
	done    func(ctx context.Context, answer any, err error) error
	waiting waiting
	print   string // of what was asked, once that is known
}

// late says whether the acknowledgement will not be heard any more.
func (d *delivery) late() bool { return time.Since(d.came) > d.app.p.patience.late }

// ref is an id that comes alone or inside an object.
type ref string

// UnmarshalJSON takes "U1" and {"id": "U1", …}.
func (r *ref) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*r = ref(s)
		return nil
	}
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(b, &o)
	*r = ref(o.ID)
	return nil
}

// decode reads JSON generously: a field of another type than expected is as if it were not there.
func decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if _, kind := err.(*json.UnmarshalTypeError); kind { //nolint:errorlint // what json returns
		return nil
	}
	return err
}

type eventPayload struct {
	Type           string `json:"type"`
	TeamID         string `json:"team_id"`
	ContextTeamID  string `json:"context_team_id"`
	APIAppID       string `json:"api_app_id"`
	EventID        string `json:"event_id"`
	EventTime      int64  `json:"event_time"`
	Challenge      string `json:"challenge"`
	Event          happened
	Authorizations []struct {
		TeamID string `json:"team_id"`
		UserID string `json:"user_id"`
	} `json:"authorizations"`
}

// happened is an event of Slack's, or a message.
type happened struct {
	Type         string          `json:"type"`
	Subtype      string          `json:"subtype"`
	Channel      ref             `json:"channel"`
	ChannelType  string          `json:"channel_type"`
	User         ref             `json:"user"`
	BotID        string          `json:"bot_id"`
	Text         string          `json:"text"`
	Blocks       json.RawMessage `json:"blocks"`
	TS           string          `json:"ts"`
	ThreadTS     string          `json:"thread_ts"`
	EventTS      string          `json:"event_ts"`
	DeletedTS    string          `json:"deleted_ts"`
	ParentUserID string          `json:"parent_user_id"`
	Files        []file          `json:"files"`
	Message      *happened       `json:"message"`
	Previous     *happened       `json:"previous_message"`
	Edited       *struct {
		User string `json:"user"`
		TS   string `json:"ts"`
	} `json:"edited"`
	Reaction string `json:"reaction"`
	ItemUser string `json:"item_user"`
	Item     struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
	Old      string `json:"old_channel_id"` // of a channel that got another id, and that one
	New      string `json:"new_channel_id"`
	Inviter  string `json:"inviter"`
	Actor    string `json:"actor_id"`
	Tab      string `json:"tab"`
	Username string `json:"username"`
	Tokens   struct {
		Bot []string `json:"bot"`
	} `json:"tokens"`
}

type file struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Title     string `json:"title"`
	Mimetype  string `json:"mimetype"`
	Size      int64  `json:"size"`
	Mode      string `json:"mode"`
	Private   string `json:"url_private"`
	External  bool   `json:"is_external"` // it lies elsewhere, as with Google Drive
	Downloads string `json:"url_private_download"`
}

type commandPayload struct {
	TeamID      string `json:"team_id"`
	ChannelID   string `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	TriggerID   string `json:"trigger_id"`
}

type interaction struct {
	Type string `json:"type"`
	Team ref    `json:"team"`
	User struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Username string `json:"username"`
		TeamID   string `json:"team_id"`
	} `json:"user"`
	Channel struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"channel"`
	TriggerID   string    `json:"trigger_id"`
	ResponseURL string    `json:"response_url"`
	CallbackID  string    `json:"callback_id"`
	ActionTS    string    `json:"action_ts"`
	MessageTS   string    `json:"message_ts"`
	Message     *happened `json:"message"`
	Container   struct {
		Type      string `json:"type"`
		MessageTS string `json:"message_ts"`
		ChannelID string `json:"channel_id"`
		ThreadTS  string `json:"thread_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
		ViewID    string `json:"view_id"`
	} `json:"container"`
	View    *viewPayload `json:"view"`
	Actions []action     `json:"actions"`
	// Of a menu that asks for its options.
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Value    string `json:"value"`
}

type viewPayload struct {
	ID         string  `json:"id"`
	Type       string  `json:"type"`
	CallbackID string  `json:"callback_id"`
	Private    string  `json:"private_metadata"`
	Hash       string  `json:"hash"`
	TeamID     string  `json:"app_installed_team_id"`
	RootID     string  `json:"root_view_id"`
	PreviousID string  `json:"previous_view_id"`
	Blocks     []block `json:"blocks"`
	State      struct {
		Values map[string]map[string]answerField `json:"values"`
	} `json:"state"`
}

type choice struct {
	Value string `json:"value"`
}

type action struct {
	Type     string   `json:"type"`
	ActionID string   `json:"action_id"`
	BlockID  string   `json:"block_id"`
	Value    string   `json:"value"`
	URL      string   `json:"url"`
	ActionTS string   `json:"action_ts"`
	Selected *choice  `json:"selected_option"`
	Many     []choice `json:"selected_options"`
}

// answerField is one field of a form as it was filled in.
type answerField struct {
	Type          string          `json:"type"`
	Value         json.RawMessage `json:"value"` // text, or null
	Selected      *choice         `json:"selected_option"`
	Many          []choice        `json:"selected_options"`
	Date          string          `json:"selected_date"`
	Time          string          `json:"selected_time"`
	User          string          `json:"selected_user"`
	Users         []string        `json:"selected_users"`
	Channel       string          `json:"selected_channel"`
	Conversation  string          `json:"selected_conversation"`
	Files         []file          `json:"files"`
	RichTextValue json.RawMessage `json:"rich_text_value"`
}

// moment is a timestamp of Slack's as a time; the zero time for none.
func moment(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return time.Time{}
	}
	frac = (frac + "000000")[:6]
	us, _ := strconv.ParseInt(frac, 10, 64)
	return time.Unix(s, us*1000).UTC()
}
