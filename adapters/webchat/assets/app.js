// The page's script. The server makes all HTML; here it is put where it belongs, kept up to date, and
// what people do is sent. Each file looks after one thing:
//
//   net.js      asking the server          live.js     what changes while one looks on
//   posts.js    lists of messages          go.js       from room to room without loading anew
//   compose.js  writing, attaching         suggest.js  what can follow a "/"
//   menu.js     the ⋯ menu, emoji          forms.js    dialogs
//   calm.js     not while somebody presses
import { action, words } from "./net.js";
import * as posts from "./posts.js";
import * as go from "./go.js";
import * as live from "./live.js";
import * as compose from "./compose.js";
import * as menu from "./menu.js";
import * as forms from "./forms.js";

document.addEventListener("click", async (event) => {
  const at = event.target.closest("[data-key], [data-apply], [data-say], [data-emoji], [data-do], button.add, #rooms-button");
  if (!at) return;
  if (at.matches("[data-key]")) await press(at, at.dataset.key, []);
  else if (at.matches("[data-apply]")) await choose(at);
  else if (at.matches("[data-say]")) await busy(at, () => compose.say(at.dataset.say, at));
  else if (at.matches(".mark")) await menu.react(at.closest(".post"), at.dataset.emoji, at.getAttribute("aria-pressed") !== "true");
  else if (at.matches("[data-do]")) await menu.doIt(at.dataset.do, at.closest(".post"), at);
  else if (at.matches("button.add")) await newRoom(at);
  else if (at.id === "rooms-button") go.showRooms(at.getAttribute("aria-expanded") !== "true");
});

// press presses a button of a message, or of the person's own page.
async function press(at, key, chosen) {
  const post = at.closest(".post");
  await busy(at, async () => {
    const result = await action("press", { message: post ? post.dataset.id : "home", key, chosen });
    came(result);
    if (!post) live.home();
  });
}

// choose applies what is chosen in a menu of a message.
async function choose(at) {
  const box = at.closest("[data-menu]");
  const select = box.querySelector("select");
  const chosen = select
    ? [select.value].filter(Boolean)
    : [...box.querySelectorAll("input:checked")].map((input) => input.value);
  if (select && chosen.length === 0) return select.focus();
  await press(at, box.dataset.menu, chosen);
}

// busy marks a button while its work is under way, and keeps it from being pressed twice.
async function busy(at, work) {
  if (at.getAttribute("aria-busy") === "true") return;
  at.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    at.removeAttribute("aria-busy");
  }
}

// came shows what an action led to.
export function came(result) {
  if (result.error) return menu.toast(result.error, true);
  if (result.failed) return menu.toast(result.failed, true);
  if (result.pending) menu.toast(words.later);
  if (result.answer) posts.arrive(result.answer, true);
  if (result.form) forms.open(result.form);
}

async function newRoom(at) {
  const name = await forms.ask(words.new_room, { text: "", max: 60 });
  if (!name) return;
  const result = await action("room", { space: at.dataset.space, name });
  if (result.error) return menu.toast(result.error, true);
  go.to("?as=" + encodeURIComponent(document.body.dataset.as) + "&room=" + encodeURIComponent(result.room));
}

compose.begin(came);
forms.begin(came);
menu.begin(came);
go.begin();
posts.begin();
live.begin();
