package chat

import (
	"slices"

	"guildhall/core/text"
)

// step leaves in a form what is shown at once, and says whether more follows; what follows is noted in st.
func (st *asked) step(f *Form, most int) (more bool) {
	if st.Later { // the command's Form may have put in what an earlier step asked for
		f.Inputs = slices.DeleteFunc(f.Inputs, func(in Input) bool { return !slices.Contains(st.Names, in.Name) })
	}
	if most > 0 && len(f.Inputs) > most {
		var rest []string
		for _, in := range f.Inputs[most:] {
			rest = append(rest, in.Name)
		}
		f.Inputs, st.Rest = f.Inputs[:most], append(rest, st.Rest...)
	}
	if len(st.Rest) == 0 {
		return false
	}
	st.Names = nil
	for _, in := range f.Inputs {
		st.Names = append(st.Names, in.Name)
	}
	return true
}

// next is the use that asks for the next step of a form; the same step again where something in it is wrong, with
// what that is.
func (u use) next(c *Call, problems []*text.Refusal) (use, []*text.Refusal) {
	var here []*text.Refusal
	for _, p := range problems {
		if slices.Contains(u.names, p.Arg) {
			here = append(here, p)
		}
	}
	again := len(here) > 0
	for _, a := range c.missing(u.cmd) {
		again = again || slices.Contains(u.names, a.Name)
	}
	if again {
		return u, here
	}
	u.names, u.rest, u.later = u.rest, nil, true
	return u, nil
}
