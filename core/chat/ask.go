package chat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// questionTime is how long a question waits for its answer; formTime how long a form may stay open.
const (
	questionTime = 10 * time.Minute
	formTime     = 24 * time.Hour
)

// asked is the state of an open form or question.
type asked struct {
	Command string
	Given   Given
	Names   []string // the arguments that the form has; empty for all
	Rest    []string // the arguments that its next steps have
	Later   bool     // it is not the first step
	Arg     string   // the argument that the question is about
	Target  *Target
	Files   []FileRef
	Of      int64
}

// ask asks for what is missing or wrong: by a form where the platform has forms, else question by
// question. problems are shown beside their fields.
func (e *Engine) ask(ctx context.Context, s *scene, o *outcome, u use, c *Call, problems []*text.Refusal, names []string) (Answer, error) {
	o.word = "asked"
	forms := s.info.Forms && s.ev.Can.Form
	if len(problems) > 0 && (!forms || u.pending == "" && len(c.missing(u.cmd)) == 0) {
		if !u.asked {
			return e.refuse(ctx, s, o, problems[0])
		}
	}
	st := asked{Command: u.cmd.Path, Given: u.given, Names: names, Rest: u.rest, Later: u.later, Target: c.Target, Files: s.ev.Files, Of: s.community.ID}
	for _, a := range u.cmd.Args {
		st.Files = append(st.Files, s.ev.GivenFiles[a.Name]...)
	}
	if t := ownMessage(s.ev); st.Target == nil && u.cmd.Target == AnyMessage {
		st.Target = t
	}
	if forms {
		return e.askForm(ctx, s, u, c, st, problems)
	}
	return e.askQuestion(ctx, s, o, u, c, st, problems)
}

// ownMessage is the message in which a command came with files; nil where it came otherwise.
func ownMessage(ev Event) *Target {
	if ev.Kind != Said || ev.Message == "" || len(ev.Files) == 0 {
		return nil
	}
	return &Target{Where: ev.Where, Message: ev.Message, Text: ev.Text, From: ev.From, At: ev.At, Files: ev.Files}
}

// askFor is ask as a command's reply wants it. taken is true when the command has taken the event.
func (e *Engine) askFor(ctx context.Context, s *scene, o *outcome, f *FormFor, taken bool) (Answer, error) {
	cmd := e.table.byPath[f.Command]
	if cmd == nil {
		return e.failed(ctx, s, o, fmt.Errorf("a form is for the command %q, which does not exist", f.Command))
	}
	c := e.call(s)
	c.Command, c.Given = cmd.Path, f.Given
	if c.Given == nil {
		c.Given = Given{}
	}
	if _, err := e.understand(ctx, c, cmd); err != nil {
		return e.failed(ctx, s, o, err)
	}
	return e.ask(ctx, s, o, use{cmd: cmd, given: c.Given, taken: taken}, c, nil, f.Names)
}

func (e *Engine) askForm(ctx context.Context, s *scene, u use, c *Call, st asked, problems []*text.Refusal) (Answer, error) {
	f := Form{Key: rand.Text(), Command: u.cmd.Path, Title: e.formWords(c, u.cmd, "title", ".button"), Submit: e.formWords(c, u.cmd, "submit", ".button")}
	for _, a := range u.cmd.Args {
		if a.NoForm || a.Button || !wanted(a, st.Names) || !e.words.Has(u.cmd.Text+".arg."+a.Name) {
			continue
		}
		f.Inputs = append(f.Inputs, e.input(ctx, c, u.cmd, a, problems))
	}
	if most := s.info.Limits.Inputs; most > 0 && len(f.Inputs) > most {
		f.Inputs = fewer(u.cmd, f.Inputs)
	}
	if u.cmd.Form != nil {
		if err := u.cmd.Form(ctx, c, &f); err != nil {
			return e.failed(ctx, s, &outcome{}, err)
		}
	}
	if st.step(&f, s.info.Limits.Step) {
		f.Submit = e.words.Plain(c.Lang, "chat.form.next", nil)
	}
	state, err := json.Marshal(st)
	if err != nil {
		return Answer{}, fmt.Errorf("keep a form: %w", err)
	}
	err = e.store.Atomically(ctx, func(ctx context.Context) error {
		return e.store.Pendings.KeepPending(ctx, Pending{Key: f.Key, Platform: s.ev.Where.Platform, Account: s.ev.From.Account,
			Room: s.ev.Where.Room, Thread: s.ev.Where.Thread, State: state, Expires: e.now().Add(formTime)})
	})
	if err != nil {
		return Answer{}, fmt.Errorf("keep a form: %w", err)
	}
	return Answer{Form: &f}, nil
}

// fewer are the inputs of a form that is too long for a platform, of a command that says which matter.
func fewer(cmd *Command, all []Input) []Input {
	matter := map[string]bool{}
	for _, a := range cmd.Args {
		if a.Form {
			matter[a.Name] = true
		}
	}
	if len(matter) == 0 {
		return all
	}
	var out []Input
	for _, in := range all {
		if in.Required || in.Value != "" || in.Problem != "" || matter[in.Name] {
			out = append(out, in)
		}
	}
	return out
}

func wanted(a Arg, names []string) bool {
	if len(names) == 0 {
		return true
	}
	for _, n := range names {
		if n == a.Name {
			return true
		}
	}
	return false
}

// formWords are words of a form, which may name the record that it is about.
func (e *Engine) formWords(c *Call, cmd *Command, what, fallback string) string {
	key := cmd.Text + "." + what
	if !e.words.Has(key) {
		key = cmd.Text + fallback
	}
	id, err := record.Parse(c.Given["id"])
	if err != nil {
		id = record.ID{}
	}
	return strings.Join(strings.Fields(e.words.Plain(c.Lang, key, text.Args{"id": id.String()})), " ")
}

// input is one argument as a form asks for it.
func (e *Engine) input(ctx context.Context, c *Call, cmd *Command, a Arg, problems []*text.Refusal) Input {
	in := Input{Name: a.Name, Label: e.words.Plain(c.Lang, cmd.Text+".arg."+a.Name, nil), Hint: hint(e.words, c.Lang, cmd, a),
		Kind: a.Kind, Required: a.Required, Asked: a.Asked, Value: c.Given[a.Name], Max: a.max(), Options: choices(e.words, c.Lang, cmd.Text, a)}
	switch a.Kind {
	case Topic, Topics:
		known, err := e.store.Directory.Topics(ctx, c.Community.ID)
		if err != nil {
			break // the field can still be typed
		}
		for _, t := range known {
			if !t.Hidden {
				in.Options = append(in.Options, Option{Value: t.Code, Label: t.Label(c.Lang)})
			}
		}
	case Spaces:
		known, err := e.store.Directory.Spaces(ctx, c.Community.ID)
		if err != nil {
			break
		}
		for _, sp := range known {
			in.Options = append(in.Options, Option{Value: sp.Platform + "/" + sp.ID, Label: text.Clean(sp.Name, 60)})
		}
	}
	for _, p := range problems {
		if p.Arg == a.Name {
			in.Problem = e.words.Plain(c.Lang, p.Key, p.Args)
		}
	}
	return in
}

// submitted is a form that was sent.
func (e *Engine) submitted(ctx context.Context, s *scene, o *outcome) (Answer, error) {
	p, ok, err := e.store.Pendings.PendingForm(ctx, s.ev.Key, e.now())
	if err != nil {
		return Answer{}, fmt.Errorf("look up form: %w", err)
	}
	if !ok || p.Account != s.ev.From.Account {
		return e.refuse(ctx, s, o, text.Refuse("chat.form.used", nil))
	}
	var st asked
	if err := json.Unmarshal(p.State, &st); err != nil {
		return Answer{}, fmt.Errorf("read form: %w", err)
	}
	g := Given{}
	for k, v := range st.Given {
		g[k] = v
	}
	for k, v := range s.ev.Given {
		g[k] = v
	}
	return e.resume(ctx, s, o, p, st, g)
}

// resume goes on with a command whose form or question was answered.
func (e *Engine) resume(ctx context.Context, s *scene, o *outcome, p Pending, st asked, g Given) (Answer, error) {
	cmd := e.table.byPath[st.Command]
	if cmd == nil {
		return e.refuse(ctx, s, o, text.Refuse("chat.form.used", nil))
	}
	if s.community.ID == 0 && st.Of != 0 {
		if err := e.settleScene(ctx, s, st.Of); err != nil {
			return Answer{}, err
		}
	}
	s.several = nil
	s.ev.Target = st.Target
	if len(s.ev.Files) == 0 {
		s.ev.Files = st.Files
	}
	if s.ev.Where.Room == "" {
		s.ev.Where.Room, s.ev.Where.Thread = p.Room, p.Thread
	}
	u := use{cmd: cmd, given: g, pending: p.Key, asked: p.Question, names: st.Names, rest: st.Rest, later: st.Later}
	if cmd.Reads {
		u.pending = ""
	}
	return e.act(ctx, s, o, u)
}

// fits says whether a message can be the answer to a question: in its thread, or the person's next
// message in the room.
func (p Pending) fits(ev Event) bool {
	return p.Thread == "" || ev.Where.Thread == p.Thread || ev.Where.Thread == "" && !ev.Addressed
}

// askQuestion asks for the first thing that is missing, in the command's thread.
func (e *Engine) askQuestion(ctx context.Context, s *scene, o *outcome, u use, c *Call, st asked, problems []*text.Refusal) (Answer, error) {
	arg, ok := nextArg(u.cmd, c, st.Names)
	if len(problems) > 0 {
		for _, a := range u.cmd.Args {
			if a.Name == problems[0].Arg {
				arg, ok = a, true
				delete(st.Given, a.Name)
			}
		}
	}
	if !ok {
		return e.failed(ctx, s, o, fmt.Errorf("nothing to ask for %q", u.cmd.Path))
	}
	st.Arg = arg.Name
	state, err := json.Marshal(st)
	if err != nil {
		return Answer{}, fmt.Errorf("keep a question: %w", err)
	}
	in, intro, err := e.proposed(ctx, c, u.cmd, e.input(ctx, c, u.cmd, arg, problems))
	if err != nil {
		return e.failed(ctx, s, o, err)
	}
	key := rand.Text()
	m := Message{Lang: c.Lang, Form: &Form{Key: key, Command: u.cmd.Path, Inputs: []Input{in}}, Body: intro}
	if in.Problem != "" {
		m.Body = append(m.Body, text.Plain(in.Problem))
	}
	label := strings.TrimSpace(strings.TrimRight(in.Label, "?")) // the sentence has a question mark of its own
	m.Body = append(m.Body, e.words.Rich(c.Lang, "chat.question.plain", text.Args{"label": label, "hint": in.Hint}))
	for i, opt := range in.Options {
		m.Body = append(m.Body, text.Plain(fmt.Sprintf("%d. %s", i+1, opt.Label)))
	}
	m.Note = append(m.Note, e.words.Rich(c.Lang, "chat.question.cancel", nil))
	to, who, _ := e.place(s, OnlyYou)
	if who != "" {
		who = "" // a question stands where it can be answered
		if to.Thread == "" {
			to.Thread = ThreadID(s.ev.Message)
		}
	}
	err = e.store.Atomically(ctx, func(ctx context.Context) error {
		fresh, err := e.store.Inbox.Take(ctx, Taken{Platform: s.ev.Where.Platform, Event: s.ev.ID, Community: s.community.ID, At: e.now()})
		if err != nil || !fresh && !u.taken {
			return err
		}
		if u.pending != "" {
			if _, err := e.store.Pendings.TakePending(ctx, u.pending); err != nil {
				return err
			}
		}
		p := Pending{Key: key, Platform: s.ev.Where.Platform, Account: s.ev.From.Account, Room: to.Room, Thread: to.Thread,
			Question: true, State: state, Expires: e.now().Add(questionTime)}
		if err := e.store.Pendings.KeepPending(ctx, p); err != nil {
			return err
		}
		l := letter{To: to, Who: who, Of: s.community.ID}
		if err := e.queueLetters(ctx, l, m, s.info.Limits, workKey(s.ev, "question")); err != nil {
			return err
		}
		late := l
		late.Message, late.Via = e.timedOut(c.Lang), key
		return e.store.Queue.Add(ctx, work.New("chat.timeout", "", "timeout/"+key, late).In(s.community.ID).At(e.now().Add(questionTime)))
	})
	if err != nil {
		return Answer{}, fmt.Errorf("keep a question: %w", err)
	}
	return Answer{}, nil
}

// proposed is an input with what the command's own Form proposes for it, and what stands above it.
func (e *Engine) proposed(ctx context.Context, c *Call, cmd *Command, in Input) (Input, []text.Rich, error) {
	if cmd.Form == nil {
		return in, nil, nil
	}
	f := Form{Inputs: []Input{in}}
	if err := cmd.Form(ctx, c, &f); err != nil {
		return in, nil, err
	}
	for _, x := range f.Inputs {
		if x.Name == in.Name {
			in = x
		}
	}
	return in, f.Intro, nil
}

// nextArg is the next argument to ask for: required ones, and those worth asking.
func nextArg(cmd *Command, c *Call, names []string) (Arg, bool) {
	for _, a := range cmd.Args {
		_, tried := c.Given[a.Name]
		if c.Has(a.Name) || tried && !a.Required || !wanted(a, names) {
			continue
		}
		if a.Required || a.Asked || len(names) > 0 {
			return a, true
		}
	}
	return Arg{}, false
}

// cancels are the words that take a question back. To us alone, "stop" is a command as well.
var cancels = map[string]bool{"cancel": true, "annulla": true, "abbrechen": true, "annuler": true, "cancelar": true, "anuluj": true, "stop": true}

// answered is the answer to a question.
func (e *Engine) answered(ctx context.Context, s *scene, o *outcome, p Pending) (Answer, error) {
	var st asked
	if err := json.Unmarshal(p.State, &st); err != nil {
		return Answer{}, fmt.Errorf("read question: %w", err)
	}
	if cancels[text.Fold(s.ev.Text)] {
		o.word = "cancelled"
		err := e.store.Atomically(ctx, func(ctx context.Context) error {
			_, err := e.store.Pendings.TakePending(ctx, p.Key)
			return err
		})
		if err != nil {
			return Answer{}, err
		}
		if cmd, _ := e.table.find(text.Fold(s.ev.Text)); cmd != nil && s.ev.Direct {
			return e.line(ctx, s, o, s.ev.Text)
		}
		return e.say(ctx, s, e.call(s), OnlyYouSay("chat.question.cancelled", nil))
	}
	g := Given{}
	for k, v := range st.Given {
		g[k] = v
	}
	g[st.Arg] = s.ev.Text
	return e.resume(ctx, s, o, p, st, g)
}

// offer answers a reaction that only offers its command.
func (e *Engine) offer(ctx context.Context, s *scene, o *outcome, u use, c *Call) (Answer, error) {
	o.word = "offered"
	p := Press{Command: u.cmd.Path, Given: u.given, On: c.About()}
	if e.words.Has(u.cmd.Text + ".do") {
		p.Label = u.cmd.Text + ".do"
	}
	return e.say(ctx, s, c, OnlyYouSay(u.cmd.Text+".offer", nil).Press(p))
}
