// Package webchat is a chat in the browser: the way to try Guildhall without joining any chat service,
// and the adapter to read before writing another one.
//
// It is both halves of an adapter in one process. One half is a small chat service: spaces, rooms,
// threads, reactions, files and the people who write there (personas, which a visitor switches
// between). The other half implements chat.Platform and every optional port beside it (but
// chat.Inviter: nobody has to invite us, we are in every space). Between the
// two stands a Store, which keeps what happened as entries in order:
//
//	a browser's POST ── Entry{Posts, Events} ── Store ── world ── browsers (server-sent events)
//	                                                       │
//	chat.Handler  ◄── one event at a time per room ◄───────┘  (Run)
//	      └── Answer ── Entry{Done, Posts, Forms} ── Store ── world ── browsers
//
// An event is in the Store before it is given to the engine, and marked done after the engine has
// taken it; whatever is not done is given again by the next Run. So neither a message nor what it
// causes is lost when the program is killed, and the engine recognises what it saw before.
//
// To use it:
//
//	web, err := webchat.New(webchat.Options{Dir: "data/webchat", URL: "http://localhost:8080/"})
//	defer web.Close()
//	go web.Run(ctx, engine)                       // until ctx ends
//	l, err := webchat.Listen(ctx, "localhost:8080")
//	http.Serve(l, web.Handler())
//
// The pages are HTML made here (render.go makes a chat.Message into HTML, page.go the rest), and a
// small script without a build step. The chat answers on loopback only, to the names of loopback: it
// has no passwords, whoever reaches it may be anyone.
package webchat
