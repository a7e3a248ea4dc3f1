// What changes while one looks on: server-sent events. After a pause the stream goes on where it
// stopped; where too much was missed, the page is made anew.
import { address, get, element } from "./net.js";
import { calmly } from "./calm.js";
import * as posts from "./posts.js";
import * as forms from "./forms.js";
import * as go from "./go.js";
import { away } from "./menu.js";

let stream = null;
let since = document.body.dataset.live;
let pause = 0;
let timer = 0;

// begin (again) looks at the room and thread that are open now.
export function begin(position) {
  since = position || since;
  clearTimeout(timer);
  stream?.close();
  const main = document.getElementById("main");
  const thread = document.getElementById("thread");
  const now = new EventSource(address("live", {
    room: main.dataset.room || "", thread: thread ? thread.dataset.thread : "", since,
  }));
  stream = now;
  const on = (name, show) => now.addEventListener(name, (event) => {
    if (now !== stream) return;
    calmly(() => {
      if (now !== stream) return; // another one says it again
      since = event.lastEventId || since;
      show(JSON.parse(event.data));
    });
  });
  on("post", (shown) => posts.arrive(shown));
  on("rooms", rooms);
  on("home", ({ html }) => putHome(html));
  on("form", (form) => forms.open(form));
  on("closed", ({ key }) => forms.closed(key));
  on("reset", () => go.again());
  now.onopen = () => {
    pause = 0;
    document.body.dataset.connected = "";
    away(false);
  };
  now.onerror = () => {
    if (now !== stream) return;
    // The browser's own attempts end when it is told "not now"; so each is made here.
    now.close();
    delete document.body.dataset.connected;
    pause = Math.min(pause ? pause * 2 : 250, 5000);
    if (pause > 1000) away(true);
    timer = setTimeout(() => begin(), pause);
  };
}

// rooms puts the side bar on the page; room says that the open room itself is another one now.
function rooms({ html, room }) {
  const nav = document.getElementById("rooms");
  const focus = nav.contains(document.activeElement) && document.activeElement.getAttribute("href");
  nav.replaceChildren(element(`<div>${html}</div>`));
  nav.replaceChildren(...nav.firstElementChild.childNodes);
  if (focus) [...nav.querySelectorAll("a")].find((a) => a.getAttribute("href") === focus)?.focus();
  if (room) go.again();
}

function putHome(html) {
  const home = document.getElementById("home");
  if (home && html) home.replaceChildren(element(html));
}

// home makes the person's own page anew, after something on it may have changed.
export async function home() {
  if (!document.getElementById("home")) return;
  const fresh = await get("home");
  if (fresh) putHome(fresh.html);
}

// A page that nobody looks at lets go of its stream: a browser has few connections to one address for
// all its tabs together.
const patience = 30000;
let hiding = 0;

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(rest, patience);
  else if (!stream) begin();
});

function rest() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

window.addEventListener("online", () => begin());
window.addEventListener("pagehide", () => stream?.close());
window.addEventListener("pageshow", (event) => event.persisted && begin());
