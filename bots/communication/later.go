package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/text"
	"guildhall/core/work"
)

// jobs are what happens to a request later.
func (b *bot) jobs() []chat.Job {
	job := func(kind string, run func(ctx context.Context, of int64, m communication.Reminder) (chat.Reply, error)) chat.Job {
		return chat.Job{Kind: kind, Run: func(ctx context.Context, it work.Item) (chat.Reply, error) {
			var m communication.Reminder
			if err := it.Read(&m); err != nil {
				return chat.Reply{}, err
			}
			return run(ctx, it.Community, m)
		}}
	}
	return []chat.Job{
		job(communication.KindNext, b.nextHelper),
		job(communication.KindWaiting, b.waiting),
		job(communication.KindForget, func(ctx context.Context, of int64, m communication.Reminder) (chat.Reply, error) {
			return chat.Nothing(), b.Desk.Forget(ctx, of, m)
		}),
	}
}

// nextHelper asks the next helper after the one before had their day.
func (b *bot) nextHelper(ctx context.Context, of int64, m communication.Reminder) (chat.Reply, error) {
	q, helper, err := b.Desk.Next(ctx, of, m)
	if err != nil || q == nil {
		return chat.Nothing(), err
	}
	return b.callHelper(ctx, chat.Nothing(), q, helper)
}

// waiting tells the moderators, once, that nobody has answered. What was asked in private they are
// not told, but the asker is offered to ask everyone.
func (b *bot) waiting(ctx context.Context, of int64, m communication.Reminder) (chat.Reply, error) {
	q, err := b.Desk.Waiting(ctx, of, m)
	if err != nil || q == nil {
		return chat.Nothing(), err
	}
	args := text.Args{"id": chat.Rec(q.ID)}
	say := chat.Say{Lines: []chat.Phrase{chat.P("communication.waiting.public", args)}, Buttons: []chat.Press{chat.Show(q.ID)}}
	r := chat.Nothing()
	if q.To == communication.OneHelper {
		say = chat.Say{Lines: []chat.Phrase{chat.P("communication.waiting.private", nil)}}
		r = r.Tell(chat.Post{To: chat.To{Member: q.Asker}, Key: "unanswered/" + q.ID.String(), Todo: answersTodo(q.ID),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("communication.waiting.asker", args)},
				Buttons: []chat.Press{widen(q.ID, communication.Everyone), widen(q.ID, communication.Unnamed)}}})
	}
	if q.Topic != "" {
		say.Buttons = append(say.Buttons, chat.Press{Command: "experts", Given: chat.Given{"topic": q.Topic}})
	}
	return r.Tell(chat.Post{To: chat.To{Moderators: true}, Say: say, Key: waitingTodo(q.ID), Todo: waitingTodo(q.ID)}), nil
}

// sleep makes requests stale in which nothing has happened for long; their cards say so.
func (b *bot) sleep(ctx context.Context, of int64) (chat.Reply, error) {
	_, err := b.Desk.Sleep(ctx, of)
	return chat.Nothing(), err
}
