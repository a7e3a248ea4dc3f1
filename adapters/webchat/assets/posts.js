// Lists of messages: each stands where its number puts it, under its day, without a name where the one
// before is by the same person.
import { element } from "./net.js";
import * as go from "./go.js";

const together = 5 * 60 * 1000;

// lists are the open room's messages ("") and the open thread's ("thread").
const list = (part) => document.querySelector(`.posts[data-part="${part}"]`);

// find is a message's element.
export const find = (id, part) => document.getElementById((part || "") + id);

// arrive puts a message on the page, new or changed. mine says that the person waits to see it.
export function arrive(shown, mine) {
  const part = shown.part || "";
  const ol = list(part);
  if (!ol || !belongs(shown, part)) return;
  const scroll = ol.closest(".scroll");
  const follows = nearEnd(scroll);
  const old = find(shown.id, part);
  if (!shown.html) {
    if (old) {
      const next = old.nextElementSibling;
      old.remove();
      join(next);
    }
    return;
  }
  const fresh = element(shown.html);
  if (old) {
    if (old.classList.contains("editing")) return;
    const focus = focusOf(old);
    const opened = [...old.querySelectorAll("details[open]")].map((d) => d.dataset.menu);
    old.replaceWith(fresh);
    opened.forEach((key) => fresh.querySelector(`details[data-menu="${CSS.escape(key)}"]`)?.setAttribute("open", ""));
    restore(fresh, focus);
  } else {
    const after = [...ol.children].findLast((li) => Number(li.dataset.n) < shown.n);
    after ? after.after(fresh) : ol.prepend(fresh);
    if (!after || !after.isEqualNode(fresh)) fresh.classList.add("arrived");
  }
  join(fresh);
  join(fresh.nextElementSibling);
  if (mine ? !old : follows) toEnd(scroll);
  else if (mine) fresh.scrollIntoView({ block: "nearest" });
}

// belongs says whether a message has its place in a list of this page.
function belongs(shown, part) {
  const main = document.getElementById("main");
  if (shown.room !== main.dataset.room) return false;
  if (part === "") return !shown.thread;
  const thread = document.getElementById("thread")?.dataset.thread;
  return thread === shown.thread || thread === shown.id;
}

// join says whether a message begins a day, or goes on where the one before ended.
function join(li) {
  if (!li) return;
  const before = li.previousElementSibling;
  const day = !before || before.dataset.day !== li.dataset.day;
  const goes = !day && !li.matches(".gone") && !before.matches(".gone") && before.dataset.who === li.dataset.who &&
    new Date(li.dataset.at) - new Date(before.dataset.at) < together;
  li.classList.toggle("new-day", day);
  li.classList.toggle("goes", goes);
}

// focusOf is what has the focus in a message, so that it can be given back after it was made anew.
function focusOf(li) {
  const at = document.activeElement;
  if (!li.contains(at)) return null;
  const same = (root) => [...root.querySelectorAll("button, a, select, input, summary")];
  return { key: at.dataset.key, name: at.dataset.do || at.dataset.emoji, index: same(li).indexOf(at), same };
}

function restore(li, focus) {
  if (!focus) return;
  const all = focus.same(li);
  const at = all.find((b) => focus.key && b.dataset.key === focus.key) ||
    all.find((b) => focus.name && (b.dataset.do || b.dataset.emoji) === focus.name) || all[focus.index] || all[0];
  at?.focus({ preventScroll: true });
}

const nearEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;

// toEnd scrolls to the newest message.
export const toEnd = (scroll) => scroll.scrollTo({ top: scroll.scrollHeight });

// settle shows the lists from their end, or the message that the address names.
export function settle() {
  // One's own page begins with what waits there, unless something was said since.
  document.querySelectorAll(".scroll:not([data-top])").forEach(toEnd);
  const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!named) {
    // It may be among those that are not on the page yet.
    const earlier = location.hash.length > 1 && document.querySelector(".earlier");
    if (earlier) go.to(earlier.getAttribute("href") + location.hash, { push: false });
    return;
  }
  document.querySelectorAll(".post.named").forEach((li) => li.classList.remove("named"));
  named.classList.add("named");
  named.scrollIntoView({ block: "center" });
}

// walk moves the focus from message to message: arrow keys, Home and End.
function walk(event) {
  const log = event.target.closest(".log");
  if (!log || event.target.matches("textarea, input, select") || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...log.querySelectorAll(".post > article")];
  const here = event.target.closest("article");
  const at = all.indexOf(here);
  const to = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || !all[to] || (here && event.target !== here && !event.target.closest(".tools"))) return;
  event.preventDefault();
  all[to].tabIndex = -1;
  all[to].focus();
}

// reach lets the Tab key come to what can be done with the message that has the focus, and to no other.
function reach(event) {
  const now = event.target.closest?.(".post");
  document.querySelectorAll(".post.reached").forEach((post) => post !== now && within(post, false));
  if (now && !now.matches(".reached")) within(now, true);
}

function within(post, yes) {
  post.classList.toggle("reached", yes);
  post.querySelectorAll(".tools .tool").forEach((tool) => (tool.tabIndex = yes ? 0 : -1));
}

export function begin() {
  document.addEventListener("keydown", walk);
  document.addEventListener("focusin", reach);
  window.addEventListener("hashchange", settle);
  settle();
  // Pictures that come in late make the list longer.
  document.addEventListener("load", (event) => {
    const scroll = event.target.matches?.(".posts img") && event.target.closest(".scroll");
    if (scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < event.target.height + 160) toEnd(scroll);
  }, true);
}
