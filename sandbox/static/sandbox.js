// Keeps the page current without reloading it: asks for the version, and when it moved, fetches the same page and swaps its live parts.
// Without script everything works too; forms then load the page anew.
"use strict";

const EVERY_MS = 1000;
const main = document.querySelector("[data-version]");
const status = document.querySelector("[data-status]");
let version = main.dataset.version;

const toBottom = () => document.querySelectorAll("[data-bottom]").forEach((list) => { list.scrollTop = list.scrollHeight; });

async function refresh() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const shown = document.querySelector(`[data-live="${fresh.dataset.live}"]`);
    if (!shown || shown.innerHTML === fresh.innerHTML) continue;
    const open = [...shown.querySelectorAll("details[open][id]")].map((one) => one.id);
    shown.replaceChildren(...fresh.childNodes);
    open.forEach((id) => { const one = document.getElementById(id); if (one) one.open = true; });
  }
  version = page.querySelector("[data-version]").dataset.version;
  toBottom();
}

function tell(text, lost) {
  status.hidden = false;
  status.classList.toggle("lost", lost);
  if (status.textContent !== text) status.textContent = text;
}

async function look() {
  try {
    const now = await (await fetch("/sandbox/version")).json();
    tell("实时更新中", false);
    if (String(now.version) !== version) await refresh();
  } catch {
    tell("沙盒没有应答，正在重试", true);
  }
  setTimeout(look, document.hidden ? EVERY_MS * 5 : EVERY_MS);
}

document.querySelectorAll("[data-submit]").forEach((select) => select.addEventListener("change", () => select.form.submit()));
document.querySelectorAll("[data-hide-when-live]").forEach((button) => { button.hidden = true; });

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  const body = new URLSearchParams(new FormData(form));
  button.disabled = true;
  form.querySelectorAll("input[name=text]:not([type=hidden])").forEach((input) => { input.value = ""; });
  form.closest("details")?.removeAttribute("open");
  try {
    await fetch(form.action, { method: "POST", body });
    await refresh();
  } catch {
    tell("沙盒没有应答，刚才的操作没有完成", true);
  } finally {
    button.disabled = false;
  }
});

toBottom();
look();
