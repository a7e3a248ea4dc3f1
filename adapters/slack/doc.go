// Package slack makes a Slack workspace a place where Guildhall lives, through slack-go.
//
// One Platform serves any number of apps and workspaces. An app reaches us in Socket Mode (it has an
// app-level token) or over HTTP (it has a signing secret). An internal app of one workspace brings its bot
// token; an app that is installed by OAuth brings client id and secret, and its tokens are kept
// encrypted behind Installs.
//
// # Ids
//
// A space is a workspace's id ("T…"). Rooms and accounts carry their workspace in front ("T…/C…",
// "T…/U…"), since Slack promises that their ids differ within one workspace only. Messages and threads are
// Slack's timestamps; a thread is named by the message that it starts from.
//
// # One event's way
//
// A socket or a request gives a payload, which is read leniently here rather than by the SDK: what is
// unknown in it is no reason to lose it. What happened in a channel is handled in the order of
// arrival; commands and presses in the order of the person who made them. Each is acknowledged after
// Handle returned nil, and the acknowledgement carries the answer where Slack takes one.
//
// # What is sent
//
// Everything shown is made by pure functions (see render.go and form.go), within Slack's limits. A message
// carries its key in its metadata, so that after an unknown outcome it is looked for before it is sent
// again. After a 429 nothing more goes to that method and channel until Slack's time is over; the
// rest goes on.
package slack
