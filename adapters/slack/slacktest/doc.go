// Package slacktest is a Slack in one process, over HTTP and WebSocket on loopback, for tests and
// benchmarks of what talks to Slack.
//
// It holds a world (workspaces, people, channels, messages, files, modals, App Homes), one app that is
// installed in it, and both sides of it: what the app sees (Web API, Socket Mode, signed HTTP requests,
// response URLs, uploads, OAuth) and what people do and see in their Slack clients, as methods of User.
//
//	s := slacktest.New(t)
//	w := s.Workspace()
//	ann := w.User("ann")
//	w.NewChannel("help", ann, w.Bot())
//	… start the app against s.APIURL(), s.BotToken(), s.AppToken() …
//	ann.Slash("#help", "/ask", "how do I weld?").Wait()
//	card := ann.Await("#help", slacktest.Says("how do I weld?"))
//	ann.Press(card, "I can help").Wait()
//
// It behaves as Slack's documentation says, and where that is silent as others found by trying:
// Block Kit is checked, scopes and memberships are asked for, methods are paced by tier, a trigger opens
// one view within three seconds, an acknowledgement that comes late is one that the person never sees.
// What the app does against these rules is kept and can be asked for with Server.Faults.
//
// Nothing sleeps: waiting is by signal with a limit (WithPatience), and time is a Clock that a test may
// step. Networks break when told to: see Server.Trouble, Server.Network and the Socket methods.
//
// Not here: Enterprise Grid, Slack Connect, user tokens, workflows, calls, canvases, lists, link
// unfurling by apps, scheduled messages.
package slacktest
