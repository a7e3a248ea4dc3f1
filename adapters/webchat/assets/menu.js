// What one can do with a message: react, answer, act, edit, take back; and short notices.
import { action, element, words } from "./net.js";
import * as forms from "./forms.js";
import * as go from "./go.js";

let came = () => {};
let opener = null;
const menu = () => document.getElementById("menu");
const may = (post, what) => post.dataset.may.split(" ").includes(what);
const json = (name) => JSON.parse(document.body.dataset[name] || "null") || [];

// doIt does what a message's button says.
export async function doIt(what, post, at) {
  post = document.getElementById(post.id) || post; // it may have been made anew since the menu opened
  if (what === "menu") return at === opener && menu().matches(":popover-open") ? close() : open(post, at, items(post));
  if (what === "react") return at === opener && menu().matches(":popover-open") ? close() : open(post, at, emoji(post), "emoji");
  close();
  if (what === "dismiss") return remove(post);
  if (what === "edit") return edit(post);
  if (what === "thread") return go.to(post.dataset.thread);
  if (what === "link") return copy(post);
  if (what === "delete" && (await forms.ask(words.really, { yes: words.delete, danger: true }))) return remove(post);
}

// items are what the ⋯ menu of a message offers.
function items(post) {
  const out = [];
  const add = (label, run, about, kind) => {
    const b = element('<button type="button" role="menuitem" tabindex="-1"><span></span></button>');
    b.firstElementChild.textContent = label;
    if (about) b.append(Object.assign(document.createElement("small"), { textContent: about }));
    if (kind) b.className = kind;
    b.onclick = run;
    out.push(b);
  };
  const line = () => out.length && out.push(element('<hr role="separator">'));
  if (may(post, "act")) {
    json("actions").forEach((a) => add(a.label, () => { close(); act(post, a.command); }, a.about));
  }
  if (may(post, "person")) {
    json("people").forEach((a) => add(a.label.replace("{who}", () => who(post)), () => { close(); act(post, a.command, true); }));
  }
  line();
  if (may(post, "react")) add(words.react, () => open(post, opener, emoji(post), "emoji"));
  for (const what of ["thread", "link", "edit", "delete", "dismiss"]) {
    if (may(post, what)) add(words[what], () => doIt(what, post), "", what === "delete" ? "danger" : "");
  }
  if (out.at(-1)?.matches("hr")) out.pop();
  return out;
}

function emoji(post) {
  return json("emoji").map((e) => {
    const b = element('<button type="button" role="menuitem" tabindex="-1"></button>');
    b.textContent = e;
    b.onclick = () => { close(); react(post, e, true); };
    return b;
  });
}

// open shows a menu beside what was pressed, within the page.
function open(post, at, content, kind = "") {
  const box = menu();
  opener = at;
  box.className = kind;
  box.setAttribute("role", "menu");
  box.setAttribute("aria-label", at.getAttribute("aria-label"));
  box.replaceChildren(...content);
  box.showPopover();
  at.setAttribute("aria-expanded", "true");
  post.classList.add("chosen");
  const a = at.getBoundingClientRect();
  const b = box.getBoundingClientRect();
  const fits = (v, max) => Math.max(8, Math.min(v, max - 8)) + "px";
  box.style.left = fits(a.right - b.width, innerWidth - b.width);
  box.style.top = fits(a.bottom + 4 + b.height > innerHeight ? a.top - b.height - 4 : a.bottom + 4, innerHeight - b.height);
  box.querySelector("button")?.focus();
}

function close(back) {
  if (!menu().matches(":popover-open")) return;
  menu().hidePopover();
  document.querySelectorAll(".post.chosen").forEach((li) => li.classList.remove("chosen"));
  opener?.removeAttribute("aria-expanded");
  if (back) opener?.focus();
  opener = null;
}

const who = (post) => post.querySelector(".who").textContent;

async function act(post, command, person = false) {
  came(await action("act", { message: post.dataset.id, command, person }));
}

// react puts an emoji on a message or takes it off.
export async function react(post, emoji, on) {
  came(await action("react", { message: post.dataset.id, emoji, on }));
}

async function remove(post) {
  came(await action("delete", { message: post.dataset.id }));
}

async function copy(post) {
  try {
    await navigator.clipboard.writeText(new URL(post.dataset.link, location.href).href);
    toast(words.copied);
  } catch {
    go.to(post.dataset.link);
  }
}

// edit lets the person change what they wrote, where it stands.
function edit(post) {
  if (post.classList.contains("editing")) return;
  const form = element('<form class="edit"><textarea rows="1"></textarea><p class="problem" role="alert" hidden></p><div class="buttons"><button type="button" class="button"></button><button type="submit" class="button primary"></button></div></form>');
  const area = form.querySelector("textarea");
  const [cancel, save] = form.querySelectorAll("button");
  area.setAttribute("aria-label", words.edit);
  area.value = post.dataset.text;
  cancel.textContent = words.cancel;
  save.textContent = words.save;
  post.classList.add("editing");
  post.querySelector(".what").append(form);
  const grow = () => { area.style.height = "auto"; area.style.height = area.scrollHeight + 2 + "px"; };
  const end = () => {
    post.classList.remove("editing");
    form.remove();
    post.querySelector("[data-do=menu]")?.focus({ preventScroll: true });
  };
  cancel.onclick = end;
  area.oninput = grow;
  area.onkeydown = (event) => {
    if (event.key === "Escape") { event.preventDefault(); end(); }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const result = await action("edit", { message: post.dataset.id, text: area.value });
    if (result.error) return problem(form, result.error);
    end();
    go.again();
  };
  grow();
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

// editLast edits the person's last message in the list above a box.
export function editLast(form) {
  const all = [...form.parentElement.querySelectorAll(".post[data-text]")].filter((li) => may(li, "edit"));
  if (all.length === 0) return false;
  edit(all.at(-1));
  return true;
}

// problem shows why something was not done, beside where it was asked for; "" takes it away.
export function problem(form, text) {
  const p = form.querySelector(":scope > .problem, :scope > .scroll > .problem");
  p.textContent = text;
  p.hidden = !text;
  if (text) p.scrollIntoView({ block: "nearest" });
}

// toast says something in passing.
export function toast(text, bad) {
  const p = document.createElement("p");
  p.className = bad ? "toast bad" : "toast";
  p.textContent = text;
  document.getElementById("toasts").append(p);
  setTimeout(() => p.remove(), bad ? 9000 : 5000);
}

// away says that the chat cannot be reached, until it can.
export function away(yes) {
  const old = document.querySelector(".toast.away");
  if (!yes) return old?.remove();
  if (old) return;
  const p = Object.assign(document.createElement("p"), { className: "toast bad away", textContent: words.away });
  document.getElementById("toasts").append(p);
}

function keys(event) {
  if (!menu().matches(":popover-open")) return;
  const all = [...menu().querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) all.at(to % all.length).focus();
  else if (event.key === "Escape") close(true);
  else if (event.key === "Tab") return close(true);
  else return;
  event.preventDefault();
}

export function begin(whenCame) {
  came = whenCame;
  document.addEventListener("keydown", keys, true);
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#menu, [data-do]")) close();
  });
  // The list also moves by itself, when something comes in; only a person's own moving ends the menu.
  for (const kind of ["wheel", "touchmove"]) {
    document.addEventListener(kind, (event) => !event.target.closest("#menu") && close(), { passive: true });
  }
}

