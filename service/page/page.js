// Replaces form and result in place. Without this script, each submission loads a page.
"use strict";
(() => {
  const PARTS = ["form", "answer", "instance"];

  const controls = () => [...document.querySelectorAll("#form a, #form button, #form input, #form select")];

  async function show(url) {
    const answer = document.getElementById("answer");
    answer.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { headers: { Accept: "text/html" } });
      const type = response.headers.get("content-type") || "";
      if (!type.startsWith("text/html")) throw new Error(`answered ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const place = controls().indexOf(document.activeElement);
      for (const id of PARTS) {
        document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
      }
      const invalid = document.querySelector("[aria-invalid]");
      (invalid ?? controls()[place])?.focus({ preventScroll: !invalid });
      if (!invalid) answer.scrollIntoView({ block: "nearest" });
    } finally {
      answer.removeAttribute("aria-busy");
    }
  }

  async function go(url) {
    try {
      await show(url);
      history.pushState(null, "", url);
    } catch {
      location.assign(url); // the browser shows what is wrong with the connection
    }
  }

  function plain(event) {
    return !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  }

  // A stage of API Gateway answers without its final slash as well, and links would leave it.
  if (!location.pathname.endsWith("/")) history.replaceState(null, "", `${location.pathname}/${location.search}`);

  document.getElementById("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    go("?" + new URLSearchParams(new FormData(event.target)));
  });
  document.getElementById("form")?.addEventListener("click", (event) => {
    const link = event.target.closest(".examples a");
    if (!link || !plain(event)) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  addEventListener("popstate", () => {
    if (document.getElementById("form")) show(location.href).catch(() => location.reload());
  });
})();
