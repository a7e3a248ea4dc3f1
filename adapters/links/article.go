package links

import (
	"bytes"
	"cmp"
	"net/url"
	"strings"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// said is what a page says of itself, not yet cleaned.
type said struct{ title, description, siteName, language string }

// or is s with its gaps filled from other.
func (s said) or(other said) said {
	return said{
		title:       cmp.Or(strings.TrimSpace(s.title), other.title),
		description: cmp.Or(strings.TrimSpace(s.description), other.description),
		siteName:    cmp.Or(strings.TrimSpace(s.siteName), other.siteName),
		language:    cmp.Or(strings.TrimSpace(s.language), other.language),
	}
}

// Bounds of a page that is understood as an article. The library reads the text below an element for
// each element that it weighs, so length times depth is what costs: within these bounds the slowest
// page found by trying takes about a second, a real one a few milliseconds.
const (
	maxArticle  = 1 << 20 // bytes
	maxElements = 10_000
	maxWeight   = 100 << 20 // bytes times the depth of the tree
)

// readArticle finds what a page is about as reader views do. It returns nothing for a page that is
// too large or too deep for that, or on which the library stumbles: it was written for pages, and
// this may be an attack.
func readArticle(page []byte, at *url.URL) (found said) {
	if len(page) > maxArticle {
		return said{}
	}
	defer func() {
		if recover() != nil {
			found = said{}
		}
	}()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return said{}
	}
	elements, depth := extent(doc)
	if elements > maxElements || depth*len(page) > maxWeight {
		return said{}
	}
	parser := readability.NewParser()
	article, err := parser.ParseAndMutate(doc, at)
	if err != nil {
		return said{}
	}
	return said{article.Title(), article.Excerpt(), article.SiteName(), article.Language()}
}

// extent is how many elements doc has and how deep they lie.
func extent(doc *html.Node) (elements, depth int) {
	level := 0
	for n := doc; ; {
		if n.Type == html.ElementNode {
			elements++
		}
		if n.FirstChild != nil {
			n = n.FirstChild
			level++
			depth = max(depth, level)
			continue
		}
		for n != doc && n.NextSibling == nil {
			n = n.Parent
			level--
		}
		if n == doc {
			return elements, depth
		}
		n = n.NextSibling
	}
}

// readHead takes from a page's head, tag by tag, what is meant for this. It needs no tree, so the
// depth and order of tags are of no matter and the time grows with the length only.
func readHead(page []byte) said {
	var title, ogTitle, twitterTitle, description, ogDescription, siteName, lang string
	tags := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tags.Next() {
		case html.ErrorToken:
			return said{
				title:       cmp.Or(ogTitle, title, twitterTitle),
				description: cmp.Or(ogDescription, description),
				siteName:    siteName,
				language:    lang,
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tags.TagName()
			switch atom.Lookup(name) {
			case atom.Html:
				lang = cmp.Or(lang, attribute(tags, more, "lang")["lang"])
			case atom.Title:
				if title == "" && tags.Next() == html.TextToken {
					title = strings.TrimSpace(string(tags.Text()))
				}
			case atom.Meta:
				meta := attribute(tags, more, "name", "property", "content")
				content := strings.TrimSpace(meta["content"])
				switch strings.ToLower(cmp.Or(meta["property"], meta["name"])) {
				case "og:title":
					ogTitle = cmp.Or(ogTitle, content)
				case "twitter:title":
					twitterTitle = cmp.Or(twitterTitle, content)
				case "og:description":
					ogDescription = cmp.Or(ogDescription, content)
				case "description":
					description = cmp.Or(description, content)
				case "og:site_name":
					siteName = cmp.Or(siteName, content)
				}
			}
		}
	}
}

// attribute returns those attributes of the current tag that are wanted, the first of each.
func attribute(tags *html.Tokenizer, more bool, wanted ...string) map[string]string {
	found := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = tags.TagAttr()
		for _, name := range wanted {
			if _, twice := found[name]; !twice && string(key) == name {
				found[name] = string(value)
			}
		}
	}
	return found
}
