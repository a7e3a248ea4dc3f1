package text

// Refusal is a rule's "no", by key, so that the reader's language decides the words. It changes
// nothing: whoever returns it has done nothing that would last.
//
// Arg names the command's argument that is at fault, when there is one, so that a form can show the
// sentence beside its field.
type Refusal struct {
	Key  string
	Args Args
	Arg  string
}

// Refuse makes a refusal.
func Refuse(key string, args Args) *Refusal { return &Refusal{Key: key, Args: args} }

// RefuseArg makes a refusal that is about one argument.
func RefuseArg(arg, key string, args Args) *Refusal { return &Refusal{Key: key, Args: args, Arg: arg} }

func (r *Refusal) Error() string { return "refused: " + r.Key }
