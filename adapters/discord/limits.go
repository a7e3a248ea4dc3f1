package discord

import "guildhall/core/chat"

// What Discord takes. Source: "Create Message", "Embed Limits", "Component Reference" and
// "Application Commands" of its reference.
const (
	maxContent     = 2000
	maxEmbed       = 6000
	maxDescription = 4096
	maxFieldName   = 256
	maxFieldValue  = 1024
	maxFields      = 25
	maxFooter      = 2048
	maxAuthor      = 256
	maxRows        = 5
	maxInRow       = 5
	maxOptions     = 25 // of a menu
	maxLabel       = 80 // of a button
	maxOption      = 100
	maxCustomID    = 100
	maxPlaceholder = 150
	maxFiles       = 10
	maxAlt         = 1024
	maxModalTitle  = 45
	maxInputLabel  = 45
	maxInputHint   = 100
	maxInputText   = 4000
	maxInputs      = 5 // of one modal
	maxThreadName  = 100
	maxTopic       = 1024
	maxTags        = 20 // of a forum
	maxTagName     = 20
	maxApplied     = 5
	uploadLimit    = 10 << 20 // bytes of a file where the server has no boosts
)

// limits are what a message may hold when it reaches us. They leave room for the marks that are put
// before what would else be markup, and for graphemes of several code points.
var limits = chat.Limits{Message: 3200, Title: 200, Text: 1600, FieldName: 80, FieldValue: 400, Fields: maxFields, Rows: 20,
	Buttons: 20, Label: 70, Options: 100, FileBytes: uploadLimit, Inputs: maxInputs}
