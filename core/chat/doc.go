// Package chat is what stands between people's words and the engine's rules: events that chat
// platforms hand in, the table of commands, replies and messages that know no platform, the port
// that a platform implements, and the Engine that turns each event into durable effects once.
//
// Bots describe commands and return replies; adapters hand in events and render messages. Neither
// knows the other, both know this package.
package chat
