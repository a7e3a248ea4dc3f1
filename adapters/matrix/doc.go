// Package matrix brings Guildhall to Matrix: a community lives in a Space of a real homeserver, with
// an ordinary account as the bot.
//
// What comes in: run.go asks /sync by itself and stores its position only after all events up to it
// were handed over and are durable; batch.go takes an answer of /sync apart, one room after the
// other, gap.go fills what it left out, event.go and address.go turn each event into a chat.Event.
// What goes out: render.go and offer.go turn a chat.Message into text, HTML and the reactions that
// stand for its buttons (pure functions with golden files), send.go, edit.go and react.go send them.
// space.go and room.go open and close rooms, cache.go knows what the rooms are like.
//
// A space of Guildhall is a Matrix Space, or, as long as there is none, the room in which it was set
// up; spaceOf tells which.
//
// The work key of a message stands in its content as the field "guildhall.key", outside the
// ciphertext in encrypted rooms, and is its transaction id: a message whose fate is unknown is
// looked for in the room before it is sent again. What its reactions mean stands in the content,
// too ("guildhall.offers"), so that they work after a restart.
//
// Encryption needs the build tag goolm (pure Go, no cgo). Without it the package says in encrypted
// rooms that it cannot read them, and sends nothing else there.
//
// Specification: https://spec.matrix.org/v1.16/client-server-api/
package matrix
