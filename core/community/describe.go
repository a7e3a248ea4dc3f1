package community

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"guildhall/core/text"
)

// OrganisationKinds are what an organisation can be.
var OrganisationKinds = []string{"provider", "company", "network", "authority", "other"}

// OrganisationEdit is what a moderator changes of an organisation; nil leaves a thing as it is.
type OrganisationEdit struct {
	Name, Country, Kind, Site *string
	Contact                   *int64 // a member who becomes a contact, or is none any more
}

// sayable says whether a name can be told from others: it has letters or digits, and few enough to
// be compared.
func sayable(name string) bool {
	return strings.ContainsFunc(text.Fold(name), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// AddOrganisation adds an organisation, confirmed. One of that name is confirmed, no more.
func (o *Office) AddOrganisation(ctx context.Context, by Member, w Organisation) (Organisation, error) {
	var err error
	if w.Name, err = line("name", w.Name, MaxOrganisation); err != nil {
		return w, err
	}
	if !sayable(w.Name) {
		return w, text.RefuseArg("organisation", "community.organisation.name", nil)
	}
	if !slices.Contains(OrganisationKinds, w.Kind) {
		w.Kind = OrganisationKinds[0]
	}
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		found, err := o.store.Organisations.AddOrganisation(ctx, by.Community, w)
		if err != nil {
			return fmt.Errorf("add organisation: %w", err)
		}
		w = found
		if w.Confirmed {
			return o.note(ctx, by, "organisation.added", numbered("organisation", w.No))
		}
		return o.confirm(ctx, by, &w)
	})
	return w, err
}

func (o *Office) confirm(ctx context.Context, by Member, w *Organisation) error {
	w.Confirmed = true
	if err := o.store.Organisations.SetOrganisation(ctx, by.Community, *w); err != nil {
		return fmt.Errorf("confirm organisation: %w", err)
	}
	return o.note(ctx, by, "organisation.confirmed", numbered("organisation", w.No))
}

// Confirm makes an organisation count. Again is true when it does already.
func (o *Office) Confirm(ctx context.Context, by Member, no int64) (w Organisation, again bool, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		if w, err = o.locked(ctx, by, no); err != nil {
			return err
		}
		if again = w.Confirmed; again {
			return nil
		}
		return o.confirm(ctx, by, &w)
	})
	return w, again, err
}

// locked is an organisation for changing it; what was merged is the one that it was merged into.
func (o *Office) locked(ctx context.Context, by Member, no int64) (Organisation, error) {
	for range 5 {
		w, into, ok, err := o.store.Organisations.LockOrganisation(ctx, by.Community, no)
		if err != nil {
			return w, fmt.Errorf("load organisation: %w", err)
		}
		if !ok {
			break
		}
		if into == 0 {
			return w, nil
		}
		no = into
	}
	return Organisation{}, text.RefuseArg("organisation", "community.organisation.none", nil)
}

// EditOrganisation changes what is known of an organisation.
func (o *Office) EditOrganisation(ctx context.Context, by Member, no int64, e OrganisationEdit) (w Organisation, contacts []int64, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		if w, err = o.locked(ctx, by, no); err != nil {
			return err
		}
		if err := o.applyTo(ctx, by, &w, e); err != nil {
			return err
		}
		if err := o.store.Organisations.SetOrganisation(ctx, by.Community, w); err != nil {
			return fmt.Errorf("keep organisation: %w", err)
		}
		if contacts, err = o.contacts(ctx, by, w.No, e.Contact); err != nil {
			return err
		}
		return o.note(ctx, by, "organisation.edited", numbered("organisation", w.No))
	})
	return w, contacts, err
}

func (o *Office) applyTo(ctx context.Context, by Member, w *Organisation, e OrganisationEdit) error {
	if e.Name != nil {
		name, err := line("name", *e.Name, MaxOrganisation)
		if err != nil {
			return err
		}
		if !sayable(name) {
			return text.RefuseArg("name", "community.organisation.name", nil)
		}
		other, ok, err := o.store.Organisations.OrganisationCalled(ctx, by.Community, name)
		if err != nil {
			return fmt.Errorf("find organisation: %w", err)
		}
		if ok && other.No != w.No {
			return text.RefuseArg("name", "community.organisation.taken", text.Args{"name": other.Name})
		}
		w.Name = name
	}
	set(&w.Country, e.Country)
	set(&w.Kind, e.Kind)
	set(&w.Site, e.Site)
	return nil
}

func (o *Office) contacts(ctx context.Context, by Member, no int64, toggle *int64) ([]int64, error) {
	list, err := o.store.Organisations.Contacts(ctx, by.Community, no)
	if err != nil || toggle == nil {
		return list, err
	}
	if i := slices.Index(list, *toggle); i >= 0 {
		list = slices.Delete(list, i, i+1)
	} else {
		m, err := o.store.People.Member(ctx, by.Community, *toggle)
		if err != nil {
			return nil, fmt.Errorf("load member: %w", err)
		}
		if m.No == 0 || m.Erased {
			return nil, nobody()
		}
		list = append(list, *toggle)
	}
	return list, o.store.Organisations.SetContacts(ctx, by.Community, no, list)
}

// MergeOrganisations gives everything of one organisation to another, which keeps its name.
func (o *Office) MergeOrganisations(ctx context.Context, by Member, from, into int64) (gone, kept Organisation, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		// Always the smaller number first, so that two merges the other way round cannot wait for each other.
		first, second := min(from, into), max(from, into)
		a, err := o.locked(ctx, by, first)
		if err != nil {
			return err
		}
		b, err := o.locked(ctx, by, second)
		if err != nil {
			return err
		}
		if gone, kept = a, b; from > into {
			gone, kept = b, a
		}
		if gone.No == kept.No {
			return text.RefuseArg("to", "community.organisation.itself", nil)
		}
		if err := o.store.Organisations.MergeOrganisation(ctx, by.Community, gone.No, kept.No); err != nil {
			return fmt.Errorf("merge organisations: %w", err)
		}
		return o.note(ctx, by, "organisation.merged", numbered("organisation", gone.No))
	})
	return gone, kept, err
}

// MaxTopics is how many topics a community can offer: a longer list helps nobody.
const MaxTopics = 60

// MaxLabel is the longest label of a topic, in graphemes.
const MaxLabel = 60

// TopicCode is the code that a label gets: its letters and digits, without marks.
func TopicCode(label string) string {
	words := strings.FieldsFunc(text.Fold(label), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	code := []rune(strings.Join(words, "-"))
	return strings.Trim(string(code[:min(len(code), 40)]), "-")
}

// AddTopic offers a new topic; label is its name in lang. One that was hidden is offered again.
func (o *Office) AddTopic(ctx context.Context, by Member, label, lang string) (t Topic, err error) {
	if label, err = o.label(label); err != nil {
		return t, err
	}
	code := TopicCode(label)
	if code == "" {
		return t, text.RefuseArg("topic", "community.topic.label", nil)
	}
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		known, err := o.store.Topics.Topics(ctx, by.Community)
		if err != nil {
			return fmt.Errorf("load topics: %w", err)
		}
		offered := 0
		for _, x := range known {
			if !x.Hidden {
				offered++
			}
			if same(x, label, code) && !x.Hidden {
				return text.RefuseArg("topic", "community.topic.there", text.Args{"topic": x.Code})
			}
		}
		if offered >= MaxTopics {
			return text.Refuse("community.topic.many", text.Args{"n": MaxTopics})
		}
		t = Topic{Code: code, Labels: map[string]string{lang: label}}
		if err := o.store.Topics.AddTopic(ctx, by.Community, t, o.now()); err != nil {
			return fmt.Errorf("add topic: %w", err)
		}
		return o.note(ctx, by, "topic.added", "topic "+code)
	})
	return t, err
}

func same(t Topic, label, code string) bool {
	if t.Code == code {
		return true
	}
	for _, l := range t.Labels {
		if text.Fold(l) == text.Fold(label) {
			return true
		}
	}
	return false
}

func (o *Office) label(s string) (string, error) {
	s, err := line("topic", s, MaxLabel)
	if err == nil && s == "" {
		err = text.RefuseArg("topic", "community.topic.label", nil)
	}
	return s, err
}

// RenameTopic gives a topic another label in lang; its code stays.
func (o *Office) RenameTopic(ctx context.Context, by Member, code, label, lang string) (t Topic, err error) {
	if label, err = o.label(label); err != nil {
		return t, err
	}
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		if t, err = o.topic(ctx, by.Community, code); err != nil {
			return err
		}
		t.Labels = map[string]string{lang: label}
		if err := o.store.Topics.AddTopic(ctx, by.Community, t, o.now()); err != nil {
			return fmt.Errorf("label topic: %w", err)
		}
		return o.note(ctx, by, "topic.renamed", "topic "+t.Code)
	})
	return t, err
}

// topic is the topic of a code, or the one that it was merged into.
func (o *Office) topic(ctx context.Context, of int64, code string) (Topic, error) {
	known, err := o.store.Topics.Topics(ctx, of)
	if err != nil {
		return Topic{}, fmt.Errorf("load topics: %w", err)
	}
	for range 5 {
		i := slices.IndexFunc(known, func(t Topic) bool { return t.Code == code })
		if i < 0 {
			break
		}
		if known[i].Into == "" {
			return known[i], nil
		}
		code = known[i].Into
	}
	return Topic{}, text.RefuseArg("topic", "community.topic.none", nil)
}

// MergeTopics makes one topic mean another from now on.
func (o *Office) MergeTopics(ctx context.Context, by Member, from, into string) (gone, kept Topic, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		if gone, err = o.topic(ctx, by.Community, from); err != nil {
			return err
		}
		if kept, err = o.topic(ctx, by.Community, into); err != nil {
			return err
		}
		if gone.Code == kept.Code {
			return text.RefuseArg("to", "community.topic.itself", nil)
		}
		if err := o.store.Topics.MergeTopic(ctx, by.Community, gone.Code, kept.Code); err != nil {
			return fmt.Errorf("merge topics: %w", err)
		}
		return o.note(ctx, by, "topic.merged", "topic "+gone.Code)
	})
	return gone, kept, err
}
