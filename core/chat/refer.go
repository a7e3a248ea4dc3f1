package chat

import (
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Rec is a record's id in a text, to be pressed.
func Rec(id record.ID) text.Record { return text.Record(id.String()) }

// Show is the button that shows a record.
func Show(id record.ID) Press { return Press{Command: "show", Given: ID(id)} }

// Called is a member's name in a text, without being a mention.
func Called(m community.Member) any {
	if m.Name == "" {
		return text.Key("chat.somebody")
	}
	return text.Person{Name: m.Name}
}

// Codes are codes of any type as the choices of an argument.
func Codes[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

// Optional is an argument's text or code; nil when it was not given.
func (c *Call) Optional(name string) *string {
	if !c.Has(name) {
		return nil
	}
	s := c.Text(name)
	return &s
}
