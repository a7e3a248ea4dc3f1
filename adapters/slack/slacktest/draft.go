package slacktest

import (
	"strings"
	"unicode/utf8"
)

// draft is what an app wants a message to hold.
type draft struct {
	text        string
	markdown    string
	blocks      any // as sent; a list when it is well formed
	attachments any
	metadata    obj
	truncated   bool
	keep        bool // what was not sent stays as it was
	hasMetadata bool
}

const (
	maxText        = 40000 // longer text is cut
	maxUpdate      = 4000  // chat.update refuses longer text
	maxBlocksText  = 13200 // all text in blocks together, as found by trying
	maxMetadata    = 8000
	maxAttachments = 100
)

// checkDraft refuses what Slack refuses in every message, and cuts what it cuts.
func (s *Server) checkDraft(d *draft) *apiError {
	if err := s.checkMessageBlocks(d); err != nil {
		return err
	}
	if err := s.checkAttachments(d); err != nil {
		return err
	}
	if d.metadata != nil {
		if err := checkMetadata(d.metadata); err != nil {
			s.fault(FaultArguments, "%s", err.code)
			return err
		}
	}
	if d.markdown != "" && (d.text != "" || d.blocks != nil) {
		s.fault(FaultArguments, "markdown_text beside text or blocks")
		return &apiError{code: "markdown_text_conflict"}
	}
	if strings.TrimSpace(d.text) == "" && d.markdown == "" && isEmptyList(d.blocks) && isEmptyList(d.attachments) {
		s.fault(FaultArguments, "a message without text, blocks or attachments")
		return &apiError{code: "no_text"}
	}
	if d.text, d.truncated = cut(d.text, maxText); d.truncated {
		s.fault(FaultTooLong, "text of more than %d characters was cut", maxText)
	}
	return nil
}

func (s *Server) checkMessageBlocks(d *draft) *apiError {
	if d.blocks == nil {
		return nil
	}
	list, ok := d.blocks.([]any)
	if !ok {
		s.fault(FaultBlocks, "blocks are not a list")
		return &apiError{code: "invalid_blocks_format"}
	}
	k := &kit{s: s, surface: onMessage}
	k.blocks(list, "/blocks", 50)
	if len(k.errs) > 0 {
		s.fault(FaultBlocks, "%s", strings.Join(k.errs, "; "))
		return &apiError{code: "invalid_blocks", messages: k.errs, extra: obj{"errors": k.errs}}
	}
	if k.chars > maxBlocksText {
		s.fault(FaultBlocks, "%d characters of text in blocks", k.chars)
		return &apiError{code: "msg_blocks_too_long"}
	}
	return nil
}

func (s *Server) checkAttachments(d *draft) *apiError {
	if d.attachments == nil {
		return nil
	}
	list, ok := d.attachments.([]any)
	if !ok {
		s.fault(FaultArguments, "attachments are not a list")
		return &apiError{code: "invalid_attachments"}
	}
	if len(list) > maxAttachments {
		s.fault(FaultArguments, "%d attachments", len(list))
		return &apiError{code: "too_many_attachments"}
	}
	for i, a := range list {
		blocks, ok := asObj(a)["blocks"].([]any)
		if !ok {
			continue
		}
		k := &kit{s: s, surface: onMessage}
		k.blocks(blocks, pointer("/attachments", i)+"/blocks", 50)
		if len(k.errs) > 0 {
			s.fault(FaultBlocks, "%s", strings.Join(k.errs, "; "))
			return &apiError{code: "invalid_attachments", messages: k.errs, extra: obj{"errors": k.errs}}
		}
	}
	return nil
}

func checkMetadata(m obj) *apiError {
	kind, _ := m["event_type"].(string)
	payload, ok := m["event_payload"].(map[string]any)
	if kind == "" || !ok {
		return &apiError{code: "invalid_metadata_format"}
	}
	if utf8.RuneCount(encode(payload)) > maxMetadata {
		return &apiError{code: "metadata_too_large"}
	}
	return nil
}

func isEmptyList(v any) bool {
	l, ok := v.([]any)
	return !ok || len(l) == 0
}

// fill puts the draft into a message.
func (d *draft) fill(m *message) {
	s := m.ch.s
	m.text = normalise(d.text + d.markdown)
	d.fillBlocks(m)
	if list, ok := d.attachments.([]any); ok || !d.keep {
		m.attached = nil
		for i, a := range list {
			o := asObj(a)
			o["id"] = i + 1
			if blocks, ok := o["blocks"].([]any); ok {
				s.finishBlocks(blocks)
			}
			m.attached = append(m.attached, o)
		}
	}
	if d.hasMetadata || !d.keep {
		m.metadata = d.metadata
		if len(m.metadata) == 0 {
			m.metadata = nil
		}
	}
}

// fillBlocks sets the blocks; a message without any of its own has the one that Slack makes of its text.
func (d *draft) fillBlocks(m *message) {
	list, ok := d.blocks.([]any)
	switch {
	case ok && len(list) > 0:
		m.blocks, m.plain = list, false
		m.ch.s.finishBlocks(list)
		if m.text == "" {
			m.text = "This content can't be displayed."
		}
	case !ok && d.keep && !m.plain:
	default:
		m.blocks, m.plain = nil, true
		if m.text != "" && m.to == nil {
			m.blocks = richText(m.ch.s, m.text)
		}
	}
}

// join makes m a reply in p's thread; a reply to a reply joins that one's thread.
func (m *message) join(p *message) {
	if p.parent != nil {
		p = p.parent
	}
	m.parent, m.threadTS = p, p.ts
}

// change replaces a message's content, as chat.update and an editing person do. by is nil when the app
// changes something through a response URL.
func (w *Workspace) change(m *message, d *draft, by *User) {
	before := asObj(copyJSON(m.json(false)))
	d.fill(m)
	if by != nil {
		m.edited = obj{"user": by.id, "ts": w.s.ts()}
	}
	if m.to == nil {
		w.s.emitChanged(m, before)
	}
	w.s.changed.fire()
}

// erase deletes a message. The parent of a thread leaves a tombstone until its last reply is gone.
func (w *Workspace) erase(m *message) {
	s := w.s
	if m.to != nil {
		m.ch.remove(m)
		return
	}
	before := asObj(copyJSON(m.json(false)))
	if len(m.replies) > 0 {
		m.tombstone, m.subtype, m.text = true, "tombstone", "This message was deleted."
		m.blocks, m.attached, m.files, m.metadata, m.reactions = nil, nil, nil, nil, nil
		m.bot, m.foreign, m.clientID, m.edited = nil, nil, "", nil
		s.emitChanged(m, before)
		s.changed.fire()
		return
	}
	m.ch.remove(m)
	s.emitDeleted(m, before)
	if p := m.parent; p != nil && len(p.replies) == 0 {
		if p.tombstone {
			m.ch.remove(p)
		} else {
			p.threadTS = ""
		}
	}
}
