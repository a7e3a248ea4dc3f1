package discord

import (
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Our own custom ids begin with ours; the engine's keys never do.
const (
	ours     = "gh!"
	pickID   = ours + "pick!"  // a menu whose values are buttons' keys
	pageID   = ours + "page!"  // a further page of a menu; the menu's key follows after "!"
	formID   = ours + "form!"  // a modal of one step; the form's key follows
	stepID   = ours + "step!"  // a button or menu of a form in steps
	modalID  = ours + "modal!" // a modal of a form in steps
	fewPicks = 10              // more buttons in a list than this become a menu
)

// components are a message's buttons and menus: five rows at most. The rows' own buttons come first,
// as a menu when they are many, then those of the whole message, then the menus.
func components(m chat.Message, words *text.Catalogue) []discordgo.MessageComponent {
	used := map[string]bool{}
	var own []chat.Button
	for _, r := range m.List {
		own = append(own, r.Buttons...)
	}
	menus := menuRows(m, used)
	rows := []discordgo.MessageComponent{}
	if len(own) > fewPicks {
		if menu, ok := picks(m, own, words); ok {
			rows = append(rows, row(menu))
			own = nil
		}
	}
	buttons := append(fresh(own, used), fresh(m.Buttons, used)...)
	room := max(1, maxRows-len(rows)-len(menus))
	for i := 0; i < len(buttons) && room > 0; i += maxInRow {
		rows = append(rows, row(buttons[i:min(i+maxInRow, len(buttons))]...))
		room--
	}
	for _, r := range menus {
		if len(rows) < maxRows {
			rows = append(rows, r)
		}
	}
	return rows
}

func row(cs ...discordgo.MessageComponent) discordgo.MessageComponent {
	return discordgo.ActionsRow{Components: cs}
}

// fresh are the buttons that Discord takes: with an id that is not in the message yet.
func fresh(bs []chat.Button, used map[string]bool) []discordgo.MessageComponent {
	var out []discordgo.MessageComponent
	for _, b := range bs {
		if b.URL != "" {
			if units(b.URL) <= 512 {
				out = append(out, discordgo.Button{Label: label(b), Style: discordgo.LinkButton, URL: b.URL})
			}
			continue
		}
		if b.Key == "" || len(b.Key) > maxCustomID || used[b.Key] {
			continue
		}
		used[b.Key] = true
		out = append(out, discordgo.Button{Label: label(b), Style: style(b.Style), CustomID: b.Key})
	}
	return out
}

// label is what a button shows. Discord has no accessible name besides it, so it holds the object.
func label(b chat.Button) string {
	s := b.Label
	if b.Name != "" && units(b.Name) <= maxLabel {
		s = b.Name
	}
	if s = cut(mute(strings.ReplaceAll(s, "\n", " ")), maxLabel); strings.TrimSpace(s) == "" {
		return "…"
	}
	return s
}

func style(s chat.Style) discordgo.ButtonStyle {
	switch s {
	case chat.Primary:
		return discordgo.PrimaryButton
	case chat.Danger:
		return discordgo.DangerButton
	}
	return discordgo.SecondaryButton
}

// picks is a menu that stands for many buttons.
func picks(m chat.Message, bs []chat.Button, words *text.Catalogue) (discordgo.SelectMenu, bool) {
	menu := discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, CustomID: pickID,
		Placeholder: cut(words.Plain(m.Lang, "discord.choose", nil), maxPlaceholder)}
	seen := map[string]bool{}
	for _, b := range bs {
		if b.Key == "" || len(b.Key) > maxOption || seen[b.Key] || len(menu.Options) == maxOptions {
			continue
		}
		seen[b.Key] = true
		menu.Options = append(menu.Options, discordgo.SelectMenuOption{Label: cut(label(b), maxOption), Value: b.Key})
	}
	return menu, len(menu.Options) > 0
}

// menuRows are the message's menus, each on a row of its own; one of more than 25 options is shown
// page by page beneath itself.
func menuRows(m chat.Message, used map[string]bool) []discordgo.MessageComponent {
	var rows []discordgo.MessageComponent
	for _, menu := range m.Menus {
		if menu.Key == "" || len(menu.Key) > maxCustomID || used[menu.Key] || len(menu.Options) == 0 {
			continue
		}
		used[menu.Key] = true
		pages := (len(menu.Options) + maxOptions - 1) / maxOptions
		for n := range pages {
			id := menu.Key
			if n > 0 {
				id = pageID + strconv.Itoa(n) + "!" + menu.Key
			}
			if len(id) > maxCustomID || len(rows) == maxRows-1 {
				break
			}
			rows = append(rows, row(selectMenu(menu, id, n, pages)))
		}
	}
	return rows
}

func selectMenu(menu chat.Menu, id string, page, pages int) discordgo.SelectMenu {
	options := menu.Options[page*maxOptions : min(len(menu.Options), (page+1)*maxOptions)]
	title := menu.Label
	if pages > 1 {
		title = cut(title, maxPlaceholder-10) + " (" + strconv.Itoa(page+1) + "/" + strconv.Itoa(pages) + ")"
	}
	s := discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, CustomID: id, Placeholder: cut(mute(title), maxPlaceholder)}
	seen := map[string]bool{}
	on := 0
	for _, o := range options {
		if o.Value == "" || units(o.Value) > maxOption || seen[o.Value] {
			continue
		}
		seen[o.Value] = true
		name := cut(mute(strings.ReplaceAll(o.Label, "\n", " ")), maxOption)
		if strings.TrimSpace(name) == "" {
			name = cut(o.Value, maxOption)
		}
		chosen := o.On && (menu.Many || on == 0)
		if chosen {
			on++
		}
		s.Options = append(s.Options, discordgo.SelectMenuOption{Label: name, Value: o.Value,
			Description: cut(mute(strings.ReplaceAll(o.About, "\n", " ")), maxOption), Default: chosen})
	}
	if menu.Many {
		none := 0
		s.MinValues, s.MaxValues = &none, max(1, len(s.Options))
	}
	return s
}
