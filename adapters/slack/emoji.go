package slack

import (
	"regexp"
	"strings"
)

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

// inWords are further emoji that people write: Slack makes a name of each.
var inWords = map[string]string{
	"smile": "😄", "smiley": "😃", "grinning": "😀", "grin": "😁", "laughing": "😆", "satisfied": "😆", "joy": "😂", "rolling_on_the_floor_laughing": "🤣",
	"slightly_smiling_face": "🙂", "blush": "😊", "wink": "😉", "relaxed": "☺️", "sunglasses": "😎", "thinking_face": "🤔", "neutral_face": "😐",
	"slightly_frowning_face": "🙁", "white_frowning_face": "☹️", "cry": "😢", "sob": "😭", "sweat_smile": "😅", "sweat": "😓", "confused": "😕",
	"open_mouth": "😮", "hushed": "😯", "innocent": "😇", "upside_down_face": "🙃", "hugging_face": "🤗", "star-struck": "🤩", "partying_face": "🥳",
	"heart_eyes": "😍", "face_with_rolling_eyes": "🙄", "stuck_out_tongue": "😛", "stuck_out_tongue_winking_eye": "😜", "yum": "😋", "disappointed": "😞",
	"worried": "😟", "angry": "😠", "rage": "😡", "exploding_head": "🤯", "shrug": "🤷", "facepalm": "🤦", "ok_hand": "👌", "muscle": "💪", "point_up": "☝️",
	"point_right": "👉", "point_left": "👈", "point_down": "👇", "crossed_fingers": "🤞", "v": "✌️", "fire": "🔥", "sparkles": "✨", "100": "💯", "gift": "🎁",
	"bouquet": "💐", "four_leaf_clover": "🍀", "sunny": "☀️", "coffee": "☕", "birthday": "🎂", "champagne": "🍾", "balloon": "🎈", "yellow_heart": "💛",
	"green_heart": "💚", "blue_heart": "💙", "purple_heart": "💜", "broken_heart": "💔", "arrow_right": "➡️", "arrow_left": "⬅️", "arrow_up": "⬆️",
	"arrow_down": "⬇️", "email": "✉️", "envelope": "✉️", "phone": "☎️", "telephone_receiver": "📞", "computer": "💻", "date": "📅", "chart_with_upwards_trend": "📈",
	"mortar_board": "🎓", "school": "🏫", "wrench": "🔧", "hammer": "🔨", "gear": "⚙️", "key": "🔑", "lock": "🔒", "mailbox": "📫", "earth_africa": "🌍",
	"earth_americas": "🌎", "flag-eu": "🇪🇺", "bangbang": "‼️", "information_source": "ℹ️", "recycle": "♻️", "white_large_square": "⬜", "large_blue_circle": "🔵",
	"red_circle": "🔴", "large_green_circle": "🟢", "large_yellow_circle": "🟡", "robot_face": "🤖", "see_no_evil": "🙈", "bow": "🙇", "writing_hand": "✍️", "cool": "🆒",
}

// shortName is an emoji in a text of Slack's, perhaps with the tone of a skin.
var shortName = regexp.MustCompile(`:([a-z0-9_+-]{1,40}):(?::skin-tone-[2-6]:)?`)

// emojify puts emoji in place of the names that Slack gave them, as far as we know them.
func emojify(s string) string {
	if strings.Count(s, ":") < 2 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, m := range shortName.FindAllStringSubmatchIndex(s, -1) {
		name := s[m[2]:m[3]]
		e := inWords[name]
		if e == "" {
			e = emojiFor(name)
		}
		if e == ":"+name+":" || m[0] > 0 && letterOrDigit(s[m[0]-1]) || m[1] < len(s) && letterOrDigit(s[m[1]]) {
			continue
		}
		b.WriteString(s[at:m[0]] + e)
		at = m[1]
	}
	return b.String() + s[at:]
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
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
