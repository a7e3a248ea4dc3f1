package discordtest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kinds of interaction.
const (
	commandInteraction      = 2
	componentInteraction    = 3
	autocompleteInteraction = 4
	modalInteraction        = 5
)

// Kinds of response.
const (
	respondPong         = 1
	respondMessage      = 4
	respondLater        = 5
	respondUpdateLater  = 6
	respondUpdate       = 7
	respondAutocomplete = 8
	respondModal        = 9
)

// Interaction is one thing that a person did with the app, and what the app made of it.
type Interaction struct {
	ID    Snowflake
	Token string
	By    *Person
	In    *Channel

	s       *Server
	kind    int
	command *Command
	created time.Time
	source  *message     // whose component was used
	from    *Interaction // whose modal was submitted
	asked   OptionType   // of the option being completed

	response  int // the kind of the first response; 0 before it
	answered  time.Time
	failed    bool // the person was told that the app did not respond
	done      chan struct{}
	original  *message
	ephemeral bool // of a deferred response
	modal     *Modal
	choices   []CommandChoice
	followUps []*message
}

// errNoResponse is what the person sees when the first response does not come in time.
var errNoResponse = errors.New("the application did not respond")

// newInteraction makes an interaction and sends it. data is its own part of the payload. It needs the
// lock.
func (s *Server) newInteraction(i *Interaction, data map[string]any) {
	i.s, i.ID, i.created, i.done = s, s.newID(), s.now(), make(chan struct{})
	i.Token = base64.RawURLEncoding.EncodeToString([]byte("interaction:" + i.ID.String() + ":" + randomHex(48)))
	s.interactions[i.Token] = i
	s.unanswered[i] = true
	s.emit(event{name: "INTERACTION_CREATE", guild: i.In.guild, always: true, data: i.payload(data)})
	s.signal()
}

// payload is the interaction object.
func (i *Interaction) payload(data map[string]any) map[string]any {
	s, c := i.s, i.In
	p := map[string]any{
		"id": i.ID, "application_id": s.app.ID, "type": i.kind, "data": data, "channel_id": c.ID,
		"channel": c.partial(i.By), "token": i.Token, "version": 1, "locale": i.By.locale,
		"app_permissions": c.permissions(s.app.Bot), "entitlements": []any{},
		"attachment_size_limit": s.opts.UploadLimit,
		"context":               1, "authorizing_integration_owners": map[string]any{"0": "0"},
	}
	if i.source != nil {
		p["message"] = i.source.json(true)
	}
	if c.guild == nil {
		p["user"] = i.By.json()
		return p
	}
	p["context"], p["authorizing_integration_owners"] = 0, map[string]any{"0": c.guild.ID}
	p["guild_id"], p["guild_locale"] = c.guild.ID, c.guild.locale
	p["guild"] = map[string]any{"id": c.guild.ID, "locale": c.guild.locale, "features": []string{}}
	if m := c.guild.members[i.By.ID]; m != nil {
		j, permissions := m.json(), m.in(c)
		j.Permissions = &permissions
		p["member"] = j
	}
	return p
}

// partial is a channel as it stands in interactions, with a person's permissions in it.
func (c *Channel) partial(p *Person) map[string]any {
	j := map[string]any{"id": c.ID, "type": c.Type, "last_message_id": c.lastMessage.orNull(), "flags": c.flags}
	if c.guild == nil {
		return j
	}
	j["guild_id"], j["name"], j["parent_id"], j["permissions"] = c.guild.ID, c.name, c.parentID().orNull(), c.permissions(p)
	if c.isThread() {
		j["thread_metadata"] = c.threadJSON().Metadata
	} else {
		j["topic"], j["position"], j["nsfw"] = stringOrNull(c.topic), c.position, false
	}
	return j
}

// describe puts onto a message which interaction it answers.
func (i *Interaction) describe(m *message, j *messageJSON) {
	if i == nil {
		return
	}
	j.Metadata = i.metadata()
	if m.originalReply != 0 {
		j.Metadata["original_response_message_id"] = m.originalReply
	}
	if i.kind == commandInteraction && m.originalReply == 0 {
		j.Interaction = map[string]any{"id": i.ID, "type": i.kind, "name": i.command.Name, "user": i.By.json()}
	}
}

func (i *Interaction) metadata() map[string]any {
	owners := map[string]any{"0": "0"}
	if i.In.guild != nil {
		owners["0"] = i.In.guild.ID
	}
	j := map[string]any{"id": i.ID, "type": i.kind, "user": i.By.json(), "authorizing_integration_owners": owners}
	switch {
	case i.kind == componentInteraction:
		j["interacted_message_id"] = i.source.ID
	case i.kind == modalInteraction:
		j["triggering_interaction_metadata"] = i.from.metadata()
	}
	return j
}

// deadline is when the first response is too late.
func (i *Interaction) deadline() time.Time { return i.created.Add(i.s.opts.ResponseTime) }

// tokenAlive says whether the token still serves for edits and follow-ups.
func (i *Interaction) tokenAlive() bool {
	return i.s.now().Sub(i.created) < i.s.opts.TokenLife
}

// expireUnanswered settles interactions whose time is over.
func (s *Server) expireUnanswered() {
	now := s.now()
	for i := range s.unanswered {
		if now.After(i.deadline()) {
			i.fail()
		}
	}
}

// fail tells the person that the app did not respond.
func (i *Interaction) fail() {
	if i.response != 0 || i.failed {
		return
	}
	i.failed = true
	delete(i.s.unanswered, i)
	i.s.fault("no-response", nil, "%s by %s was not answered within %v", i.what(), i.By, i.s.opts.ResponseTime)
	close(i.done)
}

const keptInteractions = 20_000

// forgetOld lets go of old interactions with their ephemeral answers, where requests are not kept
// either. It does so by the half, since filtering the lists costs their length.
func (s *Server) forgetOld(latest *Interaction) {
	if s.opts.KeepRequests >= 0 {
		return
	}
	if s.answered = append(s.answered, latest); len(s.answered) < keptInteractions {
		return
	}
	old := s.answered[:keptInteractions/2]
	s.answered = slices.Clone(s.answered[keptInteractions/2:])
	rooms := map[*Channel]bool{}
	for _, i := range old {
		delete(s.interactions, i.Token)
		rooms[i.In] = true
		for _, m := range append(i.followUps, i.original) {
			if m != nil && m.For != nil {
				delete(s.messages, m.ID)
			}
		}
	}
	for c := range rooms {
		c.ephemerals = slices.DeleteFunc(c.ephemerals, func(m *message) bool { return s.messages[m.ID] == nil })
		c.forgotten += len(c.changes)
		c.changes = nil
	}
}

func (i *Interaction) what() string {
	switch i.kind {
	case commandInteraction:
		return "command " + i.command.Name
	case autocompleteInteraction:
		return "autocomplete of " + i.command.Name
	case modalInteraction:
		return "modal " + i.modalID()
	}
	return "component of message " + i.source.ID.String()
}

func (i *Interaction) modalID() string {
	if i.from != nil && i.from.modal != nil {
		return i.from.modal.CustomID
	}
	return ""
}

// settle waits for the first response, or for the time to be over.
func (i *Interaction) settle() error {
	i.s.mu.Lock()
	left := i.deadline().Sub(i.s.now())
	i.s.mu.Unlock()
	timer := time.NewTimer(max(left, 0) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-i.done:
	case <-timer.C:
		i.s.mu.Lock()
		i.s.expireUnanswered()
		i.s.signal()
		i.s.mu.Unlock()
	}
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	switch {
	case i.response != 0:
		return nil
	case i.failed:
		return fmt.Errorf("%s: %w", i.what(), errNoResponse)
	}
	return fmt.Errorf("%s: the server was closed", i.what())
}

// Outcome is what a person saw as the first response.
type Outcome struct {
	Kind    int      // Discord's number: 4 message, 5 thinking, 6 and 7 update, 8 choices, 9 modal
	Message *Message // the answer; the updated message for 6 and 7
	Modal   *Modal
	Choices []CommandChoice
	Latency time.Duration
}

// Outcome waits for the first response. The error is that the app did not respond in time.
func (i *Interaction) Outcome() (Outcome, error) {
	if err := i.settle(); err != nil {
		return Outcome{}, err
	}
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	o := Outcome{Kind: i.response, Modal: i.modal, Choices: i.choices, Latency: i.answered.Sub(i.created)}
	if i.original != nil {
		m := i.original.snapshot()
		o.Message = &m
	}
	return o, nil
}

// Reply waits for the answer itself: the message that is there once nothing is "thinking" any more.
func (i *Interaction) Reply() (Message, error) {
	if err := i.settle(); err != nil {
		return Message{}, err
	}
	var out Message
	ok := i.s.await(func() bool {
		if i.original == nil || i.original.Thinking() {
			return false
		}
		out = i.original.snapshot()
		return true
	})
	if !ok {
		return Message{}, fmt.Errorf("%s: no message came (first response of kind %d)", i.what(), i.response)
	}
	return out, nil
}

// Modal waits for a modal as the first response.
func (i *Interaction) Modal() (*Modal, error) {
	o, err := i.Outcome()
	if err != nil {
		return nil, err
	}
	if o.Modal == nil {
		text := ""
		if o.Message != nil {
			text = o.Message.Text()
		}
		return nil, fmt.Errorf("%s: no modal but a response of kind %d: %s", i.what(), o.Kind, text)
	}
	return o.Modal, nil
}

// FollowUps waits for n follow-ups and returns all there are.
func (i *Interaction) FollowUps(n int) ([]Message, error) {
	var out []Message
	ok := i.s.await(func() bool {
		out = out[:0]
		for _, m := range i.followUps {
			out = append(out, m.snapshot())
		}
		return len(out) >= n
	})
	if !ok {
		return out, fmt.Errorf("%s: %d follow-ups came, waited for %d", i.what(), len(out), n)
	}
	return out, nil
}
