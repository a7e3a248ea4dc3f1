// Writing: the boxes under a room and under a thread.
import { action, element, me, nonce, say as sentence, upload, words } from "./net.js";
import * as suggest from "./suggest.js";
import { editLast, problem, toast } from "./menu.js";

let came = () => {};

// coarse says that one writes with a keyboard on the screen, where Enter begins a line.
const coarse = () => matchMedia("(pointer: coarse)").matches;

// What is written and not sent is kept for as long as the tab is open, by person and place.
const place = (form) => "draft/" + me() + "/" + form.dataset.room + "/" + form.dataset.thread;
const box = (form) => form.querySelector("textarea");
const chips = (form) => form.querySelector(".chips");

// attached are the uploads that wait in a box; they do not outlive the page.
const attached = new Map(); // place → [{token, name}]

// keep remembers what is written; restore puts it back after the page was made anew.
export function keep() {
  document.querySelectorAll(".composer").forEach((form) => {
    const text = box(form).value;
    text ? sessionStorage.setItem(place(form), text) : sessionStorage.removeItem(place(form));
  });
}

export function restore() {
  document.querySelectorAll(".composer").forEach((form) => {
    box(form).value = sessionStorage.getItem(place(form)) || "";
    grow(box(form));
    showChips(form);
  });
}

// grow makes a box as high as what is in it; the style sheet says up to where.
function grow(area) {
  area.style.height = "auto";
  area.style.height = area.scrollHeight + "px";
}

// say says a line where something was pressed: in its thread, else in the open room.
export async function say(text, at) {
  const form = document.querySelector(at?.closest("#thread") ? "#thread .composer" : "#main .composer");
  if (!form) return;
  came(await action("say", { room: form.dataset.room, thread: form.dataset.thread, text }));
}

// Messages go out one after the other, so that they stand in the order in which they were written. A
// command, whose answer may take a while, holds up nothing.
let before = Promise.resolve();

function inOrder(text, work) {
  const now = before.then(work);
  if (!text.startsWith("/")) before = now;
  return now;
}

// send sends what is in a box. It comes back to the box when it could not be sent.
async function send(form) {
  const area = box(form);
  const text = area.value;
  const key = place(form);
  const files = attached.get(key) || [];
  if (!text.trim() && files.length === 0) return area.focus();
  if ([...text].length > Number(document.body.dataset.max)) return problem(form, words.long);
  suggest.close(area);
  problem(form, "");
  // A line that goes out again after a lost connection keeps its name.
  const again = form.lastTry;
  const name = again && again.text === text ? again.nonce : nonce();
  form.lastTry = null;
  area.value = "";
  attached.delete(key);
  sessionStorage.removeItem(key);
  grow(area);
  showChips(form);
  form.dataset.sending = Number(form.dataset.sending || 0) + 1;
  const result = await inOrder(text, () => action("say", {
    room: form.dataset.room, thread: form.dataset.thread, text, files: files.map((f) => f.token), nonce: name,
  }));
  if (form.dataset.sending > 1) form.dataset.sending -= 1;
  else delete form.dataset.sending;
  if (result.error) comeBack(form, { text, files, name, result });
  else came(result);
}

// comeBack puts what could not be sent where it was written, unless something else stands there by now.
function comeBack(form, { text, files, name, result }) {
  const key = place(form);
  if (!attached.has(key)) attached.set(key, files);
  const there = [...document.querySelectorAll(".composer")].find((f) => place(f) === key);
  if (!there) { // the person has gone on to another place
    sessionStorage.setItem(key, text);
    return toast(result.error, true);
  }
  const area = box(there);
  if (!area.value) area.value = text;
  if (result.away) there.lastTry = { text, nonce: name };
  grow(area);
  showChips(there);
  problem(there, result.error);
}

// attach sends files ahead of the message that they go with.
async function attach(form, files) {
  const key = place(form);
  const list = [...files];
  if (list.length === 0) return;
  problem(form, "");
  const chip = chips(form).appendChild(document.createElement("li"));
  chips(form).hidden = false;
  chip.className = "chip coming";
  chip.textContent = sentence("uploading", { name: list.map((f) => f.name).join(", ") });
  const result = await upload(list);
  chip.remove();
  if (result.error) problem(form, result.error);
  else attached.set(key, [...(attached.get(key) || []), ...result.files]);
  showChips(form);
  box(form).focus();
}

function showChips(form) {
  const key = place(form);
  const list = chips(form);
  const files = attached.get(key) || [];
  list.hidden = files.length === 0;
  list.replaceChildren(...files.map((file) => {
    const chip = element('<li class="chip"><span></span><button type="button">×</button></li>');
    chip.firstElementChild.textContent = file.name;
    chip.lastElementChild.setAttribute("aria-label", sentence("remove", { name: file.name }));
    chip.lastElementChild.onclick = () => {
      attached.set(key, attached.get(key).filter((f) => f !== file));
      showChips(form);
      box(form).focus();
    };
    return chip;
  }));
}

function typed(event) {
  const area = event.target;
  const form = area.closest(".composer");
  if (!form || suggest.key(event) || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey && !event.altKey && !coarse()) {
    event.preventDefault();
    send(form);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send(form);
  } else if (event.key === "ArrowUp" && area.value === "") {
    if (editLast(form)) event.preventDefault();
  }
}

export function begin(whenCame) {
  came = whenCame;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".composer")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("keydown", (event) => event.target.matches(".composer textarea") && typed(event));
  // What presses keys for people may send the character all the same.
  document.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !coarse() && event.target.matches(".composer textarea, .edit textarea")) event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".composer textarea")) return;
    grow(event.target);
    problem(event.target.closest(".composer"), "");
    suggest.update(event.target);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".composer input[type=file]")) return;
    const files = [...event.target.files];
    event.target.value = "";
    attach(event.target.closest(".composer"), files);
  });
  document.addEventListener("click", (event) => {
    const slash = event.target.closest(".composer .slash");
    if (!slash) return;
    const area = box(slash.closest(".composer"));
    if (!area.value.startsWith("/")) area.value = "/" + area.value;
    area.focus();
    suggest.update(area);
  });
  document.addEventListener("paste", (event) => {
    const form = event.target.closest?.(".composer");
    if (form && event.clipboardData.files.length > 0) {
      event.preventDefault();
      attach(form, event.clipboardData.files);
    }
  });
  dropped();
  window.addEventListener("pagehide", keep);
  window.addEventListener("resize", () => document.querySelectorAll(".composer textarea").forEach(grow));
  restore();
}

// dropped takes files that are let go over a room or a thread.
function dropped() {
  const target = (event) => event.target.closest?.("#main, #thread")?.querySelector(".composer");
  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.querySelectorAll(".composer.over").forEach((f) => f.classList.remove("over"));
    target(event)?.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.querySelectorAll(".composer.over").forEach((f) => f.classList.remove("over"));
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.querySelectorAll(".composer.over").forEach((f) => f.classList.remove("over"));
    const form = target(event);
    if (form) attach(form, event.dataTransfer.files);
  });
}
