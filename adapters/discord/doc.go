// Package discord lets Guildhall live on Discord: slash commands, context menus, modals, buttons,
// threads, forums, direct messages and uploads.
//
// REST goes through discordgo, with its own waiting and retrying taken out and ours put in front
// (rest.go, pace.go): its limiter sleeps without end or context, repeats what must not be repeated,
// and takes the page of a ban for an answer. The gateway is spoken here (gateway.go), since the
// library can neither go on with a session after a restart nor with one that it calls invalid, hangs
// when it is asked to reconnect at once, and never gives up on a token that was revoked. What comes in
// is read by our own lenient types (wire.go), so that a component nobody knows yet costs nothing.
//
// A guild is a space, a channel a room, and a thread (or a forum's post) a thread of its channel. A
// message is known by its id alone; the thread that starts from it has the same id.
//
// Events are given in order per channel; what a person does in interactions is in order per person.
// The place in the gateway's stream up to which everything was handled is kept, so that a restart
// goes on from there, and what was missed for longer is read from the channels that are followed.
package discord
