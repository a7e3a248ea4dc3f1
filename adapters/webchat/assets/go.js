// From room to room without loading anew: the page is fetched and its parts are put in place.
import { toEnd, settle } from "./posts.js";
import * as live from "./live.js";
import * as forms from "./forms.js";
import * as compose from "./compose.js";

let going = null;

// to opens an address of the chat.
export async function to(url, { push = true, focus = true } = {}) {
  going?.abort();
  const mine = (going = new AbortController());
  let fresh;
  try {
    const response = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    if (!mine.signal.aborted) location.assign(url);
    return;
  }
  if (going === mine) going = null;
  if (!fresh.getElementById("main")) return location.assign(url);
  if (fresh.body.dataset.as !== document.body.dataset.as) return location.assign(url);
  if (push) history.pushState(null, "", url);
  put(fresh, focus);
}

// again makes the open page anew. Who is on the way to another one is not called back.
export const again = () => going || to(location.href, { push: false, focus: false });

// put takes over the parts of a page. What is written and not sent stays.
function put(fresh, focus) {
  const was = document.getElementById("main");
  const now = fresh.getElementById("main");
  const same = was.dataset.room === now.dataset.room;
  const scroll = same && was.querySelector(".scroll")?.scrollTop;
  const opened = !document.getElementById("thread") && fresh.getElementById("thread");
  const hadThread = document.getElementById("thread")?.dataset.thread;
  compose.keep();
  document.title = fresh.title;
  document.documentElement.lang = fresh.documentElement.lang;
  for (const name of ["live", "actions", "people", "emoji", "forms"]) document.body.dataset[name] = fresh.body.dataset[name];
  for (const id of ["people", "panes"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
  compose.restore();
  showRooms(false);
  settle();
  const list = document.querySelector("#main .scroll");
  if (list && same && !location.hash) list.scrollTop = scroll;
  live.begin(document.body.dataset.live);
  forms.waiting();
  if (!focus) return;
  if (opened) document.getElementById("answer")?.focus();
  else if (hadThread && same) document.querySelector(`#main .post[data-id="${CSS.escape(hadThread)}"] .replies`)?.focus({ preventScroll: true });
  else if (!matchMedia("(pointer: coarse)").matches) document.getElementById("write")?.focus();
  else document.getElementById("main").focus();
}

// showRooms opens or closes the side bar on a narrow page.
export function showRooms(open) {
  document.getElementById("rooms-button").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("with-rooms", open);
  if (open) document.querySelector("#rooms a")?.focus();
}

export function begin() {
  document.addEventListener("click", (event) => {
    if (document.body.classList.contains("with-rooms") && !event.target.closest("#rooms, #rooms-button")) showRooms(false);
    const a = event.target.closest("a[href^='?']");
    if (!a || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (a.closest("#people")) return; // somebody else: everything is another page
    event.preventDefault();
    to(a.getAttribute("href"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (document.body.classList.contains("with-rooms")) {
      showRooms(false);
      document.getElementById("rooms-button").focus();
    } else if (event.target.closest("#thread")) {
      document.getElementById("thread-close").click();
    }
  });
  window.addEventListener("popstate", () => to(location.href, { push: false }));
  window.addEventListener("resize", () => {
    const list = document.querySelector("#main .scroll");
    if (list && list.scrollHeight - list.scrollTop - list.clientHeight < 200) toEnd(list);
  });
}
