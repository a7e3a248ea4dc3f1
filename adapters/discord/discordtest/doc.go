// Package discordtest is a Discord that runs inside a test: REST (v10; v9 paths are taken too),
// gateway and CDN on one loopback port, with the limits, errors, deadlines and rate-limit headers
// of the real one, so that an unmodified client library can be pointed at it.
//
// A Server holds a small world: guilds with roles, channels and threads, people, messages,
// commands. It is used from three sides:
//
//   - the app under test speaks REST and gateway to it, either with Server.Client and Server.Dialer
//     (they send what is meant for discord.com here) or with Server.APIURL as its API base;
//   - the test acts as people do in the Discord client (Person.Slash, Press, Say, React, …) and waits
//     for what those people can see (Outcome, Sees, DM, Modal). Waiting is by signal and bounded by
//     Options.Patience. Time can be moved with Server.Advance;
//   - the test makes trouble: Server.Cause for REST, Server.Disturb for events, and the methods of
//     gatewaytrouble.go for connections.
//
// Everything the app did is kept (Server.Requests), and so is every rule it broke (Server.Faults).
//
// The behaviour follows Discord's published documentation and its public issue threads. Where
// Discord is known to differ from its own documentation, the code says so beside the rule.
package discordtest
