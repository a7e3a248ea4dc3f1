package build

import (
	"context"
	"fmt"

	"guildhall/bots/membership"
	"guildhall/bots/moderation"
	"guildhall/bots/translation"
	"guildhall/core/chat"
	corecollab "guildhall/core/collaboration"
	corecomm "guildhall/core/communication"
	"guildhall/core/community"
	corecoop "guildhall/core/cooperation"
	"guildhall/core/record"
	coresharing "guildhall/core/sharing"
	coretrans "guildhall/core/translation"
)

// Translate is what translates.
type Translate struct {
	Service coretrans.Translator
	PerDay  int64 // characters of a community in a day; 0 for any number
}

// translator is where everything is translated; nil: nothing is.
func (p parts) translator() *coretrans.Desk {
	if p.Translate == nil {
		return nil
	}
	kept := p.DB.Translations()
	store := coretrans.Store{Transactions: p.DB, Glossary: p.DB.Glossary(), Kept: kept, Allowance: kept, Orders: kept}
	return coretrans.New(store, p.Translate.Service, p.detector(), p.Translate.PerDay, p.Now)
}

// translateButton is the button that translates a record; nil where nothing is translated.
func (p parts) translateButton() func(record.Subject) chat.Press {
	if p.translates == nil {
		return nil
	}
	return translation.Button
}

func (p parts) translation(office *community.Office, desk *corecomm.Desk, box *coresharing.Toolbox, groups *corecollab.Groups, book *corecoop.Book) chat.Bot {
	records := translation.Records{Views: p.guild.view, Requests: desk, Toolbox: box, Groups: groups, Book: book}
	return translation.New(translation.Parts{Desk: p.translates, People: p.people, Queue: p.Queue, Audit: office, Originals: records.Original, Log: p.Log})
}

// unnoted is what takes no note of changes: cards follow them all the same.
type unnoted struct{}

func (unnoted) Record(context.Context, record.Change) error { return nil }

// translationHeld is what is kept of a member for translation, whether or not anything is translated now.
func (p parts) translationHeld() membership.Holding {
	kept, glossary := p.DB.Translations(), p.DB.Glossary()
	desk := coretrans.New(coretrans.Store{Transactions: p.DB, Glossary: glossary, Kept: kept, Allowance: kept, Orders: kept}, nil, nil, 0, p.Now)
	return membership.Holding{Name: "translations",
		Export: func(ctx context.Context, of, member int64) (any, error) {
			out, err := desk.Export(ctx, of, member)
			if err != nil {
				return nil, fmt.Errorf("list translations: %w", err)
			}
			return out, nil
		},
		Erase: func(ctx context.Context, of, member int64) error {
			shown, err := desk.Forget(ctx, of, member)
			if err != nil {
				return fmt.Errorf("forget translations: %w", err)
			}
			for _, o := range shown { // what stands in rooms goes there, too
				c := record.Change{Community: of, Subject: o.Subject(), What: "deleted", At: p.Now(), Quiet: true}
				if err := (chat.Recorder{Keep: unnoted{}}).Record(ctx, c); err != nil {
					return fmt.Errorf("take a translation away: %w", err)
				}
			}
			return nil
		}}
}

// wishes are what members think should be translated better.
func wishes(desk *coretrans.Desk) moderation.Source {
	return moderation.Source{Name: "wishes", List: func(ctx context.Context, of int64) ([]moderation.Waiting, error) {
		list, err := desk.Glossary.Wishes(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("list suggestions: %w", err)
		}
		out := make([]moderation.Waiting, len(list))
		for i, w := range list {
			out[i] = moderation.Waiting{Text: translation.Wished(w), Buttons: translation.Decisions(w), Since: w.At}
		}
		return out, nil
	}}
}
