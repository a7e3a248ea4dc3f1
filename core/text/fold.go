package text

// Fold makes what people typed comparable: small letters, no accents, no surrounding punctuation.
// Texts over 256 bytes fold to nothing: they are no names.
func Fold(s string) string { return foldName(s) }
