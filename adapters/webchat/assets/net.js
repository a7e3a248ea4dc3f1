// Asking the server.

// words are the sentences that the script says by itself, in the persona's language.
export const words = JSON.parse(document.body.dataset.words);

// me is who the visitor is on this page.
export const me = () => document.body.dataset.as;

// say puts a value into a sentence.
export const say = (key, values) =>
  Object.entries(values || {}).reduce((s, [name, v]) => s.replaceAll("{" + name + "}", v), words[key]);

// nonce names a try, so that one that is made again is not done twice.
export const nonce = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
};

// address is a path of the server with its query.
export const address = (path, query) => path + "?" + new URLSearchParams({ as: me(), ...query });

// action has something done and returns what came of it; with error set where it was not done. A try
// whose answer got lost is made once more, under the same name.
export async function action(path, body) {
  const all = { nonce: nonce(), ...body };
  for (let left = 1; ; left--) {
    try {
      const response = await fetch(address(path), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(all),
      });
      return await response.json();
    } catch {
      if (left === 0) return { error: words.away, away: true };
    }
  }
}

// get asks for JSON; null when there is none.
export async function get(path, query, signal) {
  try {
    const response = await fetch(address(path, query), { signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

// upload sends files; the result has files with their tokens, or an error.
export async function upload(files) {
  const body = new FormData();
  for (const file of files) body.append("file", file, file.name);
  try {
    const response = await fetch(address("upload"), { method: "POST", body });
    return await response.json();
  } catch {
    return { error: words.away };
  }
}

// element makes what the server has rendered into an element.
export function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
