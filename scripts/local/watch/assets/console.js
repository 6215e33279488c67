// Parts of the page arrive as HTML and are merged into it, so that focus, scrolling and animations go on.
"use strict";

const key = (node) => (node.dataset ? node.dataset.key : undefined);
const same = (a, b) => a.nodeName === b.nodeName && key(a) === key(b);

function merge(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  mergeChildren(old, fresh);
}

function mergeChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.children) if (key(child)) keyed.set(key(child), child);
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = key(child) ? keyed.get(key(child)) : undefined;
    if (known && known !== next) old.insertBefore(known, next);
    const match = known || (next && same(next, child) ? next : undefined);
    if (match) {
      if (match === next) next = next.nextSibling;
      merge(match, child);
    } else {
      old.insertBefore(child, next);
    }
  }
  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

const connection = document.getElementById("connection");
const template = document.createElement("template");

function show(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const element = document.getElementById(name);
    if (!element) continue;
    template.innerHTML = html;
    mergeChildren(element, template.content);
  }
}

const stream = new EventSource(document.body.dataset.stream);
stream.onmessage = (event) => {
  connection.textContent = "";
  show(JSON.parse(event.data));
};
stream.onerror = () => {
  connection.textContent = connection.dataset.lost;
};

// Buttons act without leaving the page; the outcome arrives with the next event of the stream.
document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
  try {
    await fetch(form.getAttribute("action"), {
      method: "POST",
      headers: { accept: "text/plain" },
      body: new URLSearchParams(new FormData(form, button)),
    });
  } catch {
    connection.textContent = connection.dataset.lost;
  }
  if (button) button.removeAttribute("aria-busy");
});
