// Package text holds what Guildhall says to people: message catalogues by key and language, plural
// forms, inline markup, and the handling of text that people wrote themselves.
//
// A catalogue string is the only text whose markup counts. What people typed enters it as an
// argument, is cleaned, and stays plain. The result is a Rich, a list of styled spans, which each
// platform renders in its own way.
package text
