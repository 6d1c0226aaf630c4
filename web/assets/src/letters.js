// To whom a letter goes: the tree of offices is narrowed while one types, units that were found and ticked stay, and the number is told.
(() => {
  "use strict";
  const part = document.querySelector("[data-recipients]");
  if (!part) return;
  const search = part.querySelector("[data-recipients-search]"), found = document.getElementById("found-units");
  const chosen = part.querySelector("[data-recipients-units]"), told = part.querySelector("[data-recipients-count]");
  const boxes = () => [...part.querySelectorAll("input[name=to]")];
  function count() {
    const number = new Set(boxes().filter((box) => box.checked).map((box) => box.value)).size;
    told.textContent = number ? `已选 ${number} 个` : "还没有选择";
  }
  function narrow() {
    const words = search.value.trim().toLowerCase();
    part.querySelectorAll("[data-recipients-tree] li").forEach((line) => { line.hidden = !line.textContent.toLowerCase().includes(words); });
    if (words.length < 2) found.replaceChildren();
  }
  part.addEventListener("change", (event) => {
    const box = event.target;
    if (box.name !== "to") return;
    if (box.checked && found.contains(box)) {
      const there = [...chosen.querySelectorAll("input[name=to]")].find((one) => one.value === box.value);
      if (there) { there.checked = true; box.closest("label").remove(); } else chosen.append(box.closest("label"));
    }
    count();
  });
  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  count();
})();
