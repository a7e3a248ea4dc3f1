package discordtest

import "encoding/json"

// respond takes the first response to an interaction: within 3 s, once.
func (s *Server) respond(c *call) (any, error) {
	id, err := c.id("interaction")
	if err != nil {
		return nil, err
	}
	s.expireUnanswered()
	i := s.interactions[c.vars["token"]]
	switch {
	case i == nil || i.ID != id || i.failed:
		return nil, errUnknownAction
	case i.response != 0:
		return nil, errAlreadyAcked
	}
	var b struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if err := i.allowed(b.Type); err != nil {
		return nil, err
	}
	if err := i.take(c, b.Type, b.Data); err != nil {
		return nil, err
	}
	i.response, i.answered = b.Type, s.now()
	delete(s.unanswered, i)
	if len(s.record.latencies) < 1<<20 {
		s.record.latencies = append(s.record.latencies, i.answered.Sub(i.created))
	}
	close(i.done)
	s.forgetOld(i)
	if c.query.Get("with_response") == "true" {
		return i.callbackJSON(), nil
	}
	return nil, nil
}

// allowed says which kinds of response fit the kind of interaction.
func (i *Interaction) allowed(kind int) error {
	fits := map[int][]int{
		commandInteraction:      {respondMessage, respondLater, respondModal},
		componentInteraction:    {respondMessage, respondLater, respondUpdateLater, respondUpdate, respondModal},
		autocompleteInteraction: {respondAutocomplete},
		modalInteraction:        {respondMessage, respondLater},
	}[i.kind]
	if i.kind == modalInteraction && i.source != nil {
		fits = append(fits, respondUpdateLater, respondUpdate)
	}
	for _, k := range fits {
		if k == kind {
			return nil
		}
	}
	var f form
	f.choice("type", fits...)
	return f.err()
}

// take does what the response says.
func (i *Interaction) take(c *call, kind int, data json.RawMessage) error {
	switch kind {
	case respondAutocomplete:
		return i.takeChoices(data)
	case respondModal:
		return i.takeModal(data)
	case respondUpdateLater:
		i.original = i.source
		return nil
	}
	b := &messageForm{under: "data"}
	if len(data) > 0 && string(data) != "null" {
		if err := decodeForm(data, b, "data"); err != nil {
			return err
		}
	}
	switch kind {
	case respondLater:
		i.ephemeral = b.flags()&flagEphemeral != 0
		return i.think()
	case respondUpdate:
		files, err := b.check(c, checkEdit)
		if err != nil {
			return err
		}
		i.original = i.source
		return i.source.edit(b, files)
	}
	files, err := b.check(c, checkNew)
	if err != nil {
		return err
	}
	if err := i.mayShow(b.flags()&flagEphemeral != 0); err != nil {
		return err
	}
	m := i.newReply(b.flags()&flagEphemeral != 0)
	m.fill(b, files)
	m.Flags = b.flags() & flagsOfResponses
	m.post()
	i.original = m
	return nil
}

// mayShow is nil when a response can be shown here. One that all see needs an open thread.
func (i *Interaction) mayShow(ephemeral bool) error {
	switch c := i.In; {
	case c.deleted:
		return errUnknownChannel
	case c.isThread() && c.thread.archived && !ephemeral:
		return errArchived
	}
	return nil
}

// newReply is the message of a first response.
func (i *Interaction) newReply(ephemeral bool) *message {
	m := i.s.newMessage(i.In, i.s.app.Bot)
	m.interaction, m.viaInteraction = i, true
	if ephemeral {
		m.For = i.By
		m.Flags |= flagEphemeral
	}
	switch {
	case i.kind == commandInteraction && i.command.Type == SlashCommand:
		m.Type = slashType
	case i.kind == commandInteraction:
		m.Type = contextMenuType
	case i.source != nil && i.source.For == nil:
		m.Type, m.ReplyTo, m.referenced = replyType, i.source.ID, i.source
		m.reference = &referenceJSON{MessageID: i.source.ID, ChannelID: i.In.ID}
		if i.In.guild != nil {
			m.reference.GuildID = i.In.guild.ID
		}
	}
	return m
}

// think shows that the answer will come.
func (i *Interaction) think() error {
	if err := i.mayShow(i.ephemeral); err != nil {
		return err
	}
	m := i.newReply(i.ephemeral)
	m.Flags |= flagLoading
	m.post()
	i.original = m
	return nil
}

func (i *Interaction) takeChoices(data json.RawMessage) error {
	var b struct {
		Choices []CommandChoice `json:"choices"`
	}
	if err := decodeForm(data, &b, "data"); err != nil {
		return err
	}
	var f form
	checkChoices(&f, "data.choices", i.asked, b.Choices)
	i.choices = b.Choices
	return f.err()
}

func (i *Interaction) takeModal(data json.RawMessage) error {
	var b modalForm
	if err := decodeForm(data, &b, "data"); err != nil {
		return err
	}
	m, err := b.modal(i)
	if err != nil {
		return err
	}
	i.modal = m
	i.By.modals = append(i.By.modals, m)
	return nil
}

// callbackJSON is what with_response=true answers.
func (i *Interaction) callbackJSON() any {
	about := map[string]any{"id": i.ID, "type": i.kind}
	out := map[string]any{"interaction": about}
	if m := i.original; m != nil {
		about["response_message_id"] = m.ID
		about["response_message_loading"] = m.Thinking()
		about["response_message_ephemeral"] = m.Ephemeral()
		if i.response != respondUpdateLater && i.response != respondLater {
			out["resource"] = map[string]any{"type": i.response, "message": m.json(true)}
		}
	}
	return out
}

// hooked finds the interaction behind a webhook's address, which serves once there was a first
// response, for 15 minutes.
func (c *call) hooked() (*Interaction, error) {
	id, err := c.id("app")
	if err != nil {
		return nil, err
	}
	i := c.s.interactions[c.vars["token"]]
	switch {
	case i == nil || id != c.s.app.ID:
		return nil, errWebhookToken
	case !i.tokenAlive():
		return nil, errWebhookToken
	case i.response == 0:
		return nil, errUnknownWebhook
	}
	return i, nil
}

// hookedMessage finds a message behind a webhook's address; @original is the first response.
func (c *call) hookedMessage() (*Interaction, *message, error) {
	i, err := c.hooked()
	if err != nil {
		return nil, nil, err
	}
	if c.vars["message"] == "@original" {
		if i.original == nil || i.original.Deleted {
			return nil, nil, errUnknownMessage
		}
		return i, i.original, nil
	}
	id, err := c.id("message")
	if err != nil {
		return nil, nil, err
	}
	for _, m := range append([]*message{i.original}, i.followUps...) {
		if m != nil && m.ID == id && !m.Deleted {
			return i, m, nil
		}
	}
	return nil, nil, errUnknownMessage
}

// followUp posts another message. Right after a deferred response it fills that one in instead.
func (s *Server) followUp(c *call) (any, error) {
	i, err := c.hooked()
	if err != nil {
		return nil, err
	}
	b := &messageForm{}
	if err := c.decode(b); err != nil {
		return nil, err
	}
	files, err := b.check(c, checkNew)
	if err != nil {
		return nil, err
	}
	if i.original != nil && i.original.Thinking() {
		i.original.resolve(b, files)
		return i.original.json(true), nil
	}
	ephemeral := b.flags()&flagEphemeral != 0
	if err := i.mayShow(ephemeral); err != nil {
		return nil, err
	}
	m := s.newMessage(i.In, s.app.Bot)
	m.interaction, m.viaInteraction = i, true
	if i.original != nil {
		m.originalReply = i.original.ID
		m.Type, m.ReplyTo, m.referenced = replyType, i.original.ID, i.original
		m.reference = &referenceJSON{MessageID: i.original.ID, ChannelID: i.In.ID}
	}
	if ephemeral {
		m.For = i.By
	}
	m.fill(b, files)
	m.Flags = b.flags() & flagsOfResponses
	m.post()
	i.followUps = append(i.followUps, m)
	return m.json(true), nil
}

// resolve turns a deferred response into its message.
func (m *message) resolve(b *messageForm, files []*attachment) {
	m.Flags &^= flagLoading
	m.fill(b, files)
	m.Flags |= m.keepsEphemeral()
	m.updated()
}

// keepsEphemeral: what was deferred as ephemeral stays so, whatever the later flags say.
func (m *message) keepsEphemeral() int {
	if m.For != nil {
		return flagEphemeral
	}
	return 0
}

func (s *Server) getFollowUp(c *call) (any, error) {
	_, m, err := c.hookedMessage()
	if err != nil {
		return nil, err
	}
	return m.json(true), nil
}

func (s *Server) editFollowUp(c *call) (any, error) {
	_, m, err := c.hookedMessage()
	if err != nil {
		return nil, err
	}
	b := &messageForm{}
	if err := c.decode(b); err != nil {
		return nil, err
	}
	if m.Channel.isThread() && m.Channel.thread.archived && m.For == nil {
		return nil, errArchived
	}
	mode := checkEdit
	if m.Thinking() {
		mode = checkNew
	}
	files, err := b.check(c, mode)
	if err != nil {
		return nil, err
	}
	if m.Thinking() {
		m.resolve(b, files)
	} else if err := m.edit(b, files); err != nil {
		return nil, err
	}
	return m.json(true), nil
}

func (s *Server) deleteFollowUp(c *call) (any, error) {
	_, m, err := c.hookedMessage()
	if err != nil {
		return nil, err
	}
	m.delete()
	return nil, nil
}
