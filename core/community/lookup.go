package community

import (
	"context"
	"fmt"
	"slices"
)

// Members knows who is who.
type Members interface {
	Member(ctx context.Context, of, no int64) (Member, error)
}

// Load loads a member; nobody (0), and whoever is not there, is a zero Member.
func Load(ctx context.Context, from Members, of, no int64) (Member, error) {
	if no == 0 {
		return Member{}, nil
	}
	m, err := from.Member(ctx, of, no)
	if err != nil {
		return m, fmt.Errorf("load member %d: %w", no, err)
	}
	return m, nil
}

// Subjects knows what people talk about.
type Subjects interface {
	Topics(ctx context.Context, of int64) ([]Topic, error)
}

// TopicLabels are the labels in lang of topics with these codes; one that was merged has the label of
// what it was merged into, and one that nobody knows its code.
func TopicLabels(ctx context.Context, from Subjects, of int64, codes []string, lang string) ([]string, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	all, err := from.Topics(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("load topics: %w", err)
	}
	known := map[string]Topic{}
	for _, t := range all {
		known[t.Code] = t
	}
	out := make([]string, len(codes))
	for i, code := range codes {
		for range len(all) { // a topic may have been merged into one that was merged, too
			if known[code].Into == "" {
				break
			}
			code = known[code].Into
		}
		out[i] = code
		if t, ok := known[code]; ok {
			out[i] = t.Label(lang)
		}
	}
	return out, nil
}

// TopicLabel is TopicLabels of one code; empty for no topic.
func TopicLabel(ctx context.Context, from Subjects, of int64, code, lang string) (string, error) {
	if code == "" {
		return "", nil
	}
	labels, err := TopicLabels(ctx, from, of, []string{code}, lang)
	if err != nil {
		return "", err
	}
	return labels[0], nil
}

// TopicCodes are a topic's code and those of all that were merged into it; none for no topic.
func TopicCodes(ctx context.Context, from Subjects, of int64, code string) ([]string, error) {
	if code == "" {
		return nil, nil
	}
	all, err := from.Topics(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("load topics: %w", err)
	}
	codes := []string{code}
	for i := 0; i < len(codes); i++ {
		for _, t := range all {
			if t.Into == codes[i] && !slices.Contains(codes, t.Code) {
				codes = append(codes, t.Code)
			}
		}
	}
	return codes, nil
}
