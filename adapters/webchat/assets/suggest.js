// What can follow what is being typed after "/".
import { get, say } from "./net.js";

let asking = null;
let waiting = 0;

const part = (area, name) => area.closest(".composer").querySelector(name);
const box = (area) => part(area, ".suggest");
const options = (area) => [...box(area).querySelectorAll("[role=option]")];
const active = (area) => options(area).find((o) => o.getAttribute("aria-selected") === "true");

// close puts the suggestions away.
export function close(area) {
  asking?.abort();
  clearTimeout(waiting);
  box(area).hidden = true;
  area.removeAttribute("aria-activedescendant");
}

// update asks what can follow, a moment after the last key.
export function update(area) {
  if (!area.value.startsWith("/")) return close(area);
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(area), 60);
}

async function ask(area) {
  asking?.abort();
  asking = new AbortController();
  const form = area.closest(".composer");
  const text = written(area);
  const found = await get("complete", { room: form.dataset.room, thread: form.dataset.thread, text }, asking.signal);
  if (!found || !area.isConnected || !area.value.startsWith("/") || document.activeElement !== area) return;
  show(area, found, text);
}

// written is what stands before the caret.
const written = (area) => area.value.slice(0, area.selectionEnd);

function show(area, found, text) {
  box(area).dataset.text = text;
  const list = box(area).querySelector("[role=listbox]");
  const usage = box(area).querySelector(".usage");
  usage.replaceChildren();
  if (found.usage) {
    usage.append(Object.assign(document.createElement("code"), { textContent: found.usage }), " ", found.about || "");
  }
  usage.hidden = !found.usage;
  list.replaceChildren(...found.options.map((o, i) => {
    const li = document.createElement("li");
    li.id = list.id + "-" + i;
    li.setAttribute("role", "option");
    li.setAttribute("aria-selected", "false");
    li.dataset.text = o.text;
    li.append(Object.assign(document.createElement("b"), { textContent: o.label }));
    if (o.about) li.append(Object.assign(document.createElement("span"), { textContent: o.about }));
    return li;
  }));
  list.hidden = found.options.length === 0;
  box(area).hidden = found.options.length === 0 && !found.usage;
  area.removeAttribute("aria-activedescendant");
  // A word of a command that is not whole yet: Enter takes the best one.
  const whole = found.options.some((o) => o.text.trim() === text.trim());
  if (!found.usage && !whole && found.options.length > 0 && text.length > 1) mark(area, 0);
  box(area).querySelector("[role=status]").textContent = say("suggestions", { n: found.options.length });
}

function mark(area, index) {
  const all = options(area);
  if (all.length === 0) return;
  const at = (index + all.length) % all.length;
  all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
  area.setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

function take(area, option) {
  const rest = area.value.slice(area.selectionEnd);
  area.value = option.dataset.text + rest.trimStart();
  area.setSelectionRange(option.dataset.text.length, option.dataset.text.length);
  close(area); // what was offered for the line before is worth nothing now
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

// key takes the keys that move in the suggestions; it says whether it took this one.
export function key(event) {
  const area = event.target;
  if (box(area).hidden || event.isComposing) return false;
  const all = options(area);
  const at = all.indexOf(active(area));
  // What was offered for fewer letters must not take the place of what was typed since.
  if (box(area).dataset.text !== written(area) && ["Enter", "Tab"].includes(event.key)) return false;
  switch (event.key) {
    case "ArrowDown": mark(area, at + 1); break;
    case "ArrowUp": mark(area, at < 0 ? all.length - 1 : at - 1); break;
    case "Escape": close(area); break;
    case "Tab":
      if (event.shiftKey || all.length === 0) return false;
      take(area, all[Math.max(at, 0)]);
      break;
    case "Enter":
      if (event.shiftKey || at < 0) return false;
      take(area, all[at]);
      break;
    default: return false;
  }
  event.preventDefault();
  return true;
}

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".suggest [role=option]");
  if (!option) return;
  event.preventDefault();
  take(option.closest(".composer").querySelector("textarea"), option);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.(".composer textarea") && !event.target.closest(".composer").contains(event.relatedTarget)) close(event.target);
});
