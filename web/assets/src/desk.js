// The desk's keyboard: j and k go through a list, Enter opens, x ticks, / searches. A button with data-key="a" is pressed by a.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const rows = () => all("[data-list] [data-row]");
  const here = () => document.querySelector("[data-row].is-here");
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  function goTo(row) {
    if (!row) return;
    here()?.classList.remove("is-here");
    row.classList.add("is-here");
    (row.querySelector("[data-open]") ?? row).focus({preventScroll: true});
    row.scrollIntoView({block: "nearest"});
  }
  function step(by) {
    const list = rows(), at = list.indexOf(here());
    goTo(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by))]);
  }
  function tick() {
    const box = here()?.querySelector("[data-check]");
    if (box) { box.checked = !box.checked; count(); }
  }
  function open() {
    const link = here()?.querySelector("[data-open]");
    if (!link || document.activeElement === link) return false; // a focused link opens by itself
    link.click();
    return true;
  }
  function count() {
    const boxes = all("[data-check]"), ticked = boxes.filter((box) => box.checked).length;
    all("[data-selected-count]").forEach((place) => { place.textContent = ticked; });
    all("[data-bulk]").forEach((bar) => bar.classList.toggle("has-some", ticked > 0));
    all("[data-check-all]").forEach((box) => { box.checked = ticked > 0 && ticked === boxes.length; box.indeterminate = ticked > 0 && ticked < boxes.length; });
  }
  const search = () => { const field = document.querySelector("[data-search], input[type=search]"); field?.focus(); field?.select(); return Boolean(field); };
  function press(key) {
    const button = all("[data-key]").find((one) => one.dataset.key.toLowerCase() === key && one.offsetParent);
    button?.click();
    // What was unfolded wants a reason first: whoever has no mouse goes on writing where it belongs.
    if (button?.matches("summary") && button.parentElement.open) (button.closest("form")?.querySelector("textarea") ?? button).focus();
    return Boolean(button);
  }
  // Ctrl and Enter send what stands there: the act that is unfolded, or the main one; where two are unfolded nobody knows which.
  function send(form) {
    const unfolded = form ? all("details[open] button[type=submit]", form) : [];
    const button = unfolded.length ? unfolded[0] : form?.querySelector("button[data-key=a]");
    if (unfolded.length < 2) button?.click();
    return Boolean(button);
  }
  // All keys of this page, its own and those of every list; Esc closes it again.
  function help() {
    const place = document.createElement("dialog"), own = document.querySelector(".key-hints"), list = document.createElement("p");
    place.className = "keys-help";
    place.setAttribute("aria-label", "键盘快捷键");
    list.className = "key-hints";
    list.append(...(own ? own.cloneNode(true).childNodes : []));
    place.append(list);
    place.addEventListener("close", () => place.remove());
    place.addEventListener("click", () => place.close());
    document.body.append(place);
    if (own) place.showModal(); else place.remove();
    return Boolean(own);
  }
  const ACTS = {j: () => step(1), k: () => step(-1), x: tick, Enter: open, "/": search, "?": help};

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea") && send(event.target.closest(".act-form"))) return event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const act = ACTS[event.key] ?? (event.key.length === 1 ? () => press(event.key.toLowerCase()) : null);
    if (act && act() !== false) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) all("[data-check]").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-check], [data-check-all]")) count();
  });
  // The menu stands still beside a long page; where it is longer than the screen itself, it shows where one is.
  document.querySelector(".desk-nav [aria-current]")?.scrollIntoView({block: "nearest"});
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && row !== here()) { here()?.classList.remove("is-here"); row.classList.add("is-here"); }
  });
  // Copies the words of another part of the page; where the browser gives no clipboard they are marked, for Ctrl+C.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]"), source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    getSelection().selectAllChildren(source);
    try { await navigator.clipboard.writeText(source.textContent); button.textContent = "已复制"; } catch { button.textContent = "已选中，请按 Ctrl+C"; }
  });
  // What was marked in the left, as one list beside the return: whoever is returned to mends everything at once.
  function listMarks() {
    const place = document.querySelector("[data-marks]");
    place?.replaceChildren(...all("[data-mark]").filter((mark) => mark.value.trim()).map((mark) => {
      const line = document.createElement("li");
      line.textContent = `${mark.dataset.mark}：${mark.value.trim()}`;
      return line;
    }));
  }
  document.addEventListener("input", (event) => { if (event.target.matches("[data-mark]")) listMarks(); });
  document.addEventListener("htmx:after:swap", listMarks);
  listMarks();
  document.addEventListener("htmx:after:swap", count);
  count();
  // A list that is put in order: a row is dragged to its place, or goes there by the arrow keys of its buttons; then the form sends the whole order.
  const arranged = (row) => row.closest("form").dispatchEvent(new Event("arranged"));
  let carried = null;
  document.addEventListener("mousedown", (event) => { // a row that is carried by a button of its own would press it
    const row = event.target.closest("[data-arranged] > *");
    if (row) row.draggable = !event.target.closest("button");
  });
  document.addEventListener("dragstart", (event) => {
    carried = event.target.closest?.("[data-arranged] > *") ?? null;
    if (!carried) return;
    event.dataTransfer.effectAllowed = "move";
    carried.classList.add("is-carried");
  });
  document.addEventListener("dragover", (event) => {
    const row = carried && event.target.closest("[data-arranged] > *");
    if (carried && event.target.closest("[data-arranged]")) event.preventDefault();
    if (!row || row === carried || row.parentElement !== carried.parentElement) return;
    const {top, height} = row.getBoundingClientRect();
    row[event.clientY < top + height / 2 ? "before" : "after"](carried);
  });
  document.addEventListener("drop", (event) => { if (carried) event.preventDefault(); });
  document.addEventListener("dragend", () => {
    if (!carried) return;
    carried.classList.remove("is-carried");
    arranged(carried);
    carried = null;
  });
  document.addEventListener("keydown", (event) => {
    const by = {ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling"}[event.key], row = by && event.target.closest("[data-arranged] > *");
    if (!row || !row[by]) return;
    event.preventDefault();
    row[by][event.key === "ArrowUp" ? "before" : "after"](row);
    event.target.focus();
    arranged(row);
  });
})();
