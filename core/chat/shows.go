package chat

import (
	"context"
	"fmt"

	"guildhall/core/record"
)

// alsoShown has everything shown anew in which a record is shown beside its own cards.
func (e *Engine) alsoShown(ctx context.Context, c record.Change) error {
	if c.Subject.Part != 0 || c.New {
		return nil
	}
	for _, shows := range e.shows {
		others, err := shows(ctx, c.Community, c.Subject.ID)
		if err != nil {
			return fmt.Errorf("find what shows %s: %w", c.Subject.ID, err)
		}
		for _, s := range others {
			cards, err := e.store.Cards.CardsOf(ctx, c.Community, s)
			if err != nil {
				return fmt.Errorf("find cards: %w", err)
			}
			for _, card := range cards {
				if err := e.markCard(ctx, c.Community, s, card.At); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
