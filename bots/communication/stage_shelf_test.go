package communication_test

import (
	"context"
	"testing/fstest"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
)

// shelf is what all records share, as little of it as the buttons of this bot need.
func shelf(v chat.View, consents community.Consents) chat.Bot {
	id := chat.Arg{Name: "id", Kind: chat.Record, Required: true}
	return chat.Bot{Name: "shelf", Words: fstest.MapFS{"text/en.json": {Data: []byte(`{"shelf":{
		"show":{"about":"Shows.","button":"Show {id}","example":"H1","arg":{"id":"Record"}},
		"edit":{"about":"Edits.","button":"Edit {id}","example":"H1","arg":{"id":"Record","question":"Question","topic":"Topic","language":"Language","urgency":"How soon"}},
		"withdraw":{"about":"Withdraws.","button":"Withdraw {id}","example":"H1","arg":{"id":"Record","reason":"Reason"}},
		"hide":{"about":"Hides.","button":"Hide {id}","example":"H1","arg":{"id":"Record"}},
		"consent":{"button":"Consent","arg":{"subject":"Subject","answer":"Answer"}}}}`)},
		"text/it.json": {Data: []byte(`{"shelf":{
		"show":{"about":"Mostra.","button":"Mostra {id}","example":"H1","arg":{"id":"Record"}},
		"edit":{"about":"Cambia.","button":"Cambia {id}","example":"H1","arg":{"id":"Record","question":"Domanda","topic":"Tema","language":"Lingua","urgency":"Quando"}},
		"withdraw":{"about":"Ritira.","button":"Ritira {id}","example":"H1","arg":{"id":"Record","reason":"Motivo"}},
		"hide":{"about":"Nasconde.","button":"Nascondi {id}","example":"H1","arg":{"id":"Record"}},
		"consent":{"button":"Consenso","arg":{"subject":"Oggetto","answer":"Risposta"}}}}`)}},
		Commands: []chat.Command{
			{Path: "show", Text: "shelf.show", Role: community.RoleMember, Reads: true, Args: []chat.Arg{id},
				Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return v.Show(ctx, c, c.Record("id")) }},
			{Path: "edit", Text: "shelf.edit", Role: community.RoleMember, Args: append([]chat.Arg{id}, v.EditArgs...),
				Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return v.Edit(ctx, c, c.Record("id")) }},
			{Path: "withdraw", Text: "shelf.withdraw", Role: community.RoleMember, Args: []chat.Arg{id, {Name: "reason", Kind: chat.Line}},
				Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
					return v.Withdraw(ctx, c, c.Record("id"), c.Text("reason"))
				}},
			{Path: "hide", Text: "shelf.hide", Role: community.RoleModerator, Args: []chat.Arg{id},
				Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return v.Hide(ctx, c, c.Record("id"), "") }},
			{Path: "consent", Text: "shelf.consent", Role: community.RoleMember, Hidden: true,
				Args: []chat.Arg{{Name: "subject", Kind: chat.Word, Required: true}, {Name: "answer", Kind: chat.Word, Required: true}},
				Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
					subject, err := record.ParseSubject(c.Text("subject"))
					if err != nil {
						return chat.Reply{}, err
					}
					a := community.Answer(c.Text("answer"))
					if err := consents.SetConsent(ctx, c.Community.ID, c.Member.No, subject.String(), a, c.Now); err != nil {
						return chat.Reply{}, err
					}
					return chat.Nothing(), v.Consented(ctx, c.Community.ID, subject, c.Member.No, a)
				}},
		}}
}
