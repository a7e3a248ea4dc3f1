// Dialogs: the forms by which a command asks for what is missing, and small questions of the page.
import { action, element, get, nonce, say, upload, words } from "./net.js";
import { problem } from "./menu.js";

let came = () => {};
const dialog = () => document.getElementById("form");
const current = () => dialog().querySelector("form");

// Forms that were put off, as they stood, by key.
const off = new Map();

// open shows a form that the engine opened.
export function open(shown) {
  const now = current();
  if (now && now.dataset.form === shown.key && dialog().open) return;
  if (now && dialog().open) putOff();
  const form = off.get(shown.key) || element(shown.html);
  off.delete(shown.key);
  dialog().replaceChildren(form);
  if (!dialog().open) dialog().showModal();
  const first = form.querySelector("[aria-invalid] input, [aria-invalid]:not(fieldset), .field input, .field textarea, .field select");
  first?.focus();
  waiting();
}

// closed takes a form away that was sent or closed, here or on another page.
export function closed(key) {
  off.delete(key);
  remember((list) => list.filter((f) => f.key !== key));
  if (current()?.dataset.form === key) {
    dialog().close();
    dialog().replaceChildren();
  }
  waiting();
}

// putOff keeps the open form for later.
function putOff() {
  const form = current();
  if (!form) return;
  const title = form.querySelector("h2").textContent;
  off.set(form.dataset.form, form);
  remember((list) => [...list.filter((f) => f.key !== form.dataset.form), { key: form.dataset.form, title }]);
  dialog().close();
  dialog().replaceChildren();
  waiting();
}

function remember(change) {
  document.body.dataset.forms = JSON.stringify(change(JSON.parse(document.body.dataset.forms || "null") || []));
}

// waiting shows the forms that wait above where one writes.
export function waiting() {
  const list = (JSON.parse(document.body.dataset.forms || "null") || []).filter((f) => current()?.dataset.form !== f.key);
  document.querySelectorAll("#main .waiting").forEach((ul) => {
    ul.hidden = list.length === 0;
    ul.replaceChildren(...list.map((f) => {
      const li = element('<li><button type="button" class="button"></button><button type="button" class="tool">×</button></li>');
      li.firstElementChild.textContent = say("continue", { name: f.title });
      li.firstElementChild.onclick = () => resume(f.key);
      li.lastElementChild.setAttribute("aria-label", say("discard", { name: f.title }));
      li.lastElementChild.onclick = () => discard(f.key);
      return li;
    }));
  });
}

async function resume(key) {
  const shown = off.has(key) ? { key } : await get("form", { key });
  shown ? open(shown) : closed(key);
}

async function discard(key) {
  closed(key);
  await action("close", { key });
}

// submit sends a form. Where something was not understood, it comes back with what was typed.
async function submit(form) {
  if (form.getAttribute("aria-busy") === "true") return;
  if (!whole(form)) return;
  form.setAttribute("aria-busy", "true");
  try {
    const files = {};
    for (const input of form.querySelectorAll("input[type=file]")) {
      if (input.files.length === 0) continue;
      const sent = await upload(input.files);
      if (sent.error) return problem(form, sent.error);
      files[input.name] = sent.files.map((f) => f.token);
    }
    const values = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string") (values[name] ||= []).push(value);
    }
    form.dataset.nonce ||= nonce();
    const result = await action("submit", { key: form.dataset.form, values, files, nonce: form.dataset.nonce });
    delete form.dataset.nonce;
    if (result.error || result.failed) return problem(form, result.error || result.failed);
    if (!result.form || result.form.key !== form.dataset.form) closed(form.dataset.form);
    else dialog().replaceChildren();
    came(result);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

// whole says whether all that is needed is filled in, and leads to what is not.
function whole(form) {
  for (const input of form.querySelectorAll("input, textarea, select")) {
    const max = Number(input.dataset.max);
    const long = max && [...new Intl.Segmenter().segment(input.value)].length > max;
    input.setCustomValidity(long ? words.long.replace(/\d[\d.,]*/, max) : "");
    if (!input.checkValidity()) {
      input.reportValidity();
      input.focus();
      return false;
    }
  }
  return true;
}

// ask asks one short question, or (without text) for a yes; it gives null when the person turns away.
export function ask(title, { text, max, yes, danger } = {}) {
  const box = document.getElementById("ask");
  const form = element('<form class="ask small" method="dialog"><h2 id="ask-title"></h2><div class="field"><input type="text" autocomplete="off" required></div><footer><button type="button" class="button" value="cancel"></button><button type="submit" class="button primary"></button></footer></form>');
  const [input, cancel, ok] = [form.querySelector("input"), ...form.querySelectorAll("button")];
  form.querySelector("h2").textContent = title;
  input.setAttribute("aria-labelledby", "ask-title");
  cancel.textContent = words.cancel;
  ok.textContent = yes || words.save;
  if (danger) ok.classList.replace("primary", "danger");
  if (text === undefined) input.parentElement.remove();
  else input.value = text;
  if (max) input.maxLength = max;
  box.replaceChildren(form);
  return new Promise((resolve) => {
    let answer = null;
    form.onsubmit = (event) => {
      event.preventDefault();
      answer = text === undefined ? true : input.value.trim() || null;
      box.close();
    };
    cancel.onclick = () => box.close();
    box.onclose = () => resolve(answer);
    box.showModal();
    (text === undefined ? ok : input).focus();
  });
}

// offer shows what the engine offers for what is being typed in a field.
async function offer(input) {
  const text = input.value;
  const found = await get("offer", { form: input.form.dataset.form, name: input.name, partial: text });
  if (!found || input.value !== text) return;
  input.list.replaceChildren(...found.options.map((o) => {
    const option = document.createElement("option");
    option.value = o.text;
    option.label = o.about ? o.label + " · " + o.about : o.label;
    return option;
  }));
}

export function begin(whenCame) {
  came = whenCame;
  document.addEventListener("input", (event) => event.target.matches("input[data-offers]") && offer(event.target));
  document.addEventListener("focusin", (event) => event.target.matches("input[data-offers]") && offer(event.target));
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-form]")) return;
    event.preventDefault();
    submit(event.target);
  });
  dialog().addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) discard(current().dataset.form);
  });
  // Escape puts a form off: what was typed is not lost by a slip.
  dialog().addEventListener("cancel", (event) => {
    event.preventDefault();
    putOff();
  });
  waiting();
}
