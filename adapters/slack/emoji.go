package slack

import "strings"

// emojiNames are the emoji that commands are bound to or are likely to be, by Slack's names. Flags and
// keycaps are made.
var emojiNames = map[string]string{
	"white_check_mark": "✅", "heavy_check_mark": "✔", "ballot_box_with_check": "☑", "bookmark": "🔖", "trophy": "🏆",
	"+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "eyes": "👀", "raised_hand": "✋", "hand": "✋",
	"raising_hand": "🙋", "wave": "👋", "pray": "🙏", "heart": "❤", "star": "⭐", "bulb": "💡", "question": "❓",
	"grey_question": "❔", "exclamation": "❗", "x": "❌", "no_entry": "⛔", "no_entry_sign": "🚫", "pushpin": "📌",
	"round_pushpin": "📍", "paperclip": "📎", "link": "🔗", "memo": "📝", "pencil": "📝", "books": "📚", "book": "📖",
	"open_book": "📖", "package": "📦", "inbox_tray": "📥", "file_folder": "📁", "floppy_disk": "💾", "mag": "🔍",
	"mag_right": "🔎", "globe_with_meridians": "🌐", "speech_balloon": "💬", "bell": "🔔", "no_bell": "🔕", "tada": "🎉",
	"clap": "👏", "rocket": "🚀", "warning": "⚠", "hourglass": "⌛", "calendar": "📅", "triangular_flag_on_post": "🚩",
	"checkered_flag": "🏁", "arrows_counterclockwise": "🔄", "repeat": "🔁", "wastebasket": "🗑", "keycap_ten": "🔟",
	"seedling": "🌱", "handshake": "🤝", "medal": "🏅", "sports_medal": "🏅", "heavy_plus_sign": "➕", "label": "🏷",
}

// oldFlags are flags that Slack knows by two letters alone.
var oldFlags = map[string]bool{"cn": true, "de": true, "es": true, "fr": true, "gb": true, "it": true, "jp": true,
	"kr": true, "ru": true, "us": true}

var digits = map[string]string{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
	"seven": "7", "eight": "8", "nine": "9"}

// emojiFor is the plain emoji that Slack calls name; ":name:" when it is none of those above.
func emojiFor(name string) string {
	name, _, _ = strings.Cut(strings.Trim(name, ":"), "::")
	if e := emojiNames[name]; e != "" {
		return e
	}
	if d := digits[name]; d != "" {
		return d + "\u20e3"
	}
	if name == "uk" {
		name = "gb"
	}
	code, flag := strings.CutPrefix(name, "flag-")
	if (flag || oldFlags[name]) && len(code) == 2 {
		return regional(code)
	}
	return ":" + name + ":"
}

// regional is a country's flag.
func regional(code string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(code) {
		if c < 'a' || c > 'z' {
			return ":flag-" + code + ":"
		}
		b.WriteRune('🇦' + c - 'a')
	}
	return b.String()
}
