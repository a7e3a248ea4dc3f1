package text

import (
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strings"
	"time"
)

const (
	maxName  = 100 // graphemes of a name or an id in running text
	maxDepth = 4   // Keys within Keys
)

// Maybe is the text of a key, with the arguments of the message, where value says something, else
// nothing.
func Maybe(key, value string) any {
	if value == "" {
		return ""
	}
	return Key(key)
}

// formatter fills the placeholders of one message.
type formatter struct {
	catalogue *Catalogue
	lang      string
	args      Args
	depth     int
}

// part appends p, with its style and link, to out.
func (f formatter) part(out Rich, p part) Rich {
	var to string
	if p.link != nil {
		to = f.address(p.link)
	}
	if p.arg == "" {
		return out.add(Span{Text: p.text, Style: p.style, URL: to})
	}
	for _, s := range f.placeholder(p.arg) {
		s.Style |= p.style
		if s.URL == "" {
			s.URL = to
		}
		out = out.add(s)
	}
	return out
}

func (f formatter) placeholder(name string) Rich {
	v, ok := f.args[name]
	if !ok || v == nil {
		return Rich{{Text: "{" + name + "}"}}
	}
	return f.value(v)
}

// address fills in a link's address. A placeholder that is the whole address gives it as it is; one
// inside is escaped, so that a value can change neither the host nor the rest of the path.
func (f formatter) address(parts []part) string {
	if len(parts) == 1 && parts[0].arg != "" {
		return SafeURL(f.placeholder(parts[0].arg).Plain())
	}
	var b strings.Builder
	for _, p := range parts {
		if p.arg == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(url.PathEscape(f.placeholder(p.arg).Plain()))
	}
	return SafeURL(b.String())
}

// value is v as text in the formatter's language.
func (f formatter) value(v any) Rich {
	switch v := v.(type) {
	case string:
		return Plain(v)
	case Record:
		return ID(string(v))
	case Person:
		return Mention(v)
	case Key:
		if f.depth >= maxDepth {
			return Rich{{Text: "⟨" + Clean(string(v), maxName) + "⟩"}}
		}
		return f.catalogue.format(f.lang, string(v), f.args, f.depth+1)
	case Rich:
		return v
	case Span:
		return Rich{}.add(v)
	case Date:
		return Rich{{Text: FormatDate(f.lang, v)}}
	case Moment:
		return f.moment(time.Time(v))
	case time.Time:
		return f.moment(v)
	case time.Weekday:
		return Rich{{Text: FormatWeekday(f.lang, v)}}
	case fmt.Stringer:
		return stringer(v)
	case error:
		return Plain(v.Error())
	}
	return f.reflected(v)
}

// stringer survives a nil pointer behind the interface, whose String may panic.
func stringer(v fmt.Stringer) Rich {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return nil
	}
	return Plain(v.String())
}

func (f formatter) moment(t time.Time) Rich {
	if t.IsZero() {
		return nil
	}
	return Rich{{Text: FormatMoment(f.lang, t), At: t}}
}

// reflected handles numbers, slices and types made of string.
func (f formatter) reflected(v any) Rich {
	if n, ok := wholeNumber(v); ok {
		return Rich{{Text: FormatNumber(f.lang, n)}}
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return Plain(r.String())
	case reflect.Float32, reflect.Float64:
		return Rich{{Text: formatFloat(f.lang, r.Float())}}
	case reflect.Slice, reflect.Array:
		items := make([]Rich, 0, r.Len())
		for i := range r.Len() {
			if item := r.Index(i).Interface(); item != nil {
				items = append(items, f.value(item))
			}
		}
		return List(f.lang, items...)
	case reflect.Pointer:
		if r.IsNil() {
			return nil
		}
		return f.value(r.Elem().Interface())
	}
	return Plain(fmt.Sprint(v))
}

// wholeNumber is v as a number when v is of an integer type; what overflows is held at the limit.
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, false
	case int:
		return int64(v), true
	case int64:
		return v, true
	}
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(min(r.Uint(), math.MaxInt64)), true
	}
	return 0, false
}
