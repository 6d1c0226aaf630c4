// Announcements are written as they will look. Without script the text area takes text with simple marks; with it the area carries the HTML of
// the editor, which the server cleans whatever comes. What is pasted keeps its words and the few forms that an announcement has.
(() => {
  "use strict";
  const area = document.querySelector("textarea[data-rich]");
  if (!area || !window.Squire) return;
  const form = area.form, begun = document.getElementById("rich-begun"), written = form.elements.written_as;
  const KEPT = new Set(["P", "BR", "H3", "H4", "B", "STRONG", "I", "EM", "U", "S", "UL", "OL", "LI", "BLOCKQUOTE", "A", "HR", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"]);
  const INSTEAD = {DIV: "P", H1: "H3", H2: "H3", H5: "H4", H6: "H4", SECTION: "P", ARTICLE: "P"};
  const GONE = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "SVG", "MATH", "HEAD", "META", "LINK", "TEXTAREA", "SELECT", "BUTTON"]);
  const ATTRIBUTES = {A: ["href"], OL: ["start"], TD: ["colspan", "rowspan"], TH: ["colspan", "rowspan"]};

  function tidy(from, into) {
    for (const node of from.childNodes) {
      if (node.nodeType === 3) into.append(document.createTextNode(node.data));
      if (node.nodeType !== 1 || GONE.has(node.nodeName.toUpperCase())) continue;
      const name = INSTEAD[node.nodeName] ?? node.nodeName;
      const nested = name === "P" && [...node.children].some((child) => (INSTEAD[child.nodeName] ?? child.nodeName) === "P" || /^(UL|OL|TABLE|BLOCKQUOTE|H\d)$/.test(child.nodeName));
      if (!KEPT.has(name) || nested || (name === "A" && !/^(https?:|mailto:|tel:)/i.test(node.getAttribute("href") ?? ""))) { tidy(node, into); continue; }
      const made = document.createElement(name);
      for (const attribute of ATTRIBUTES[name] ?? []) if (node.hasAttribute(attribute)) made.setAttribute(attribute, node.getAttribute(attribute));
      tidy(node, made);
      into.append(made);
    }
    return into;
  }
  const parsed = (html) => tidy(new DOMParser().parseFromString(html, "text/html").body, document.createDocumentFragment());

  const sheet = document.createElement("div");
  sheet.className = "rich__sheet prose";
  sheet.setAttribute("role", "textbox");
  sheet.setAttribute("aria-multiline", "true");
  sheet.setAttribute("aria-labelledby", "label-body");
  const bar = document.getElementById("rich-bar").content.firstElementChild.cloneNode(true);
  area.before(bar, sheet);
  const editor = new Squire(sheet, {blockTag: "P", sanitizeToDOMFragment: parsed, addLinks: true});
  const restored = area.value !== area.defaultValue; // app.js has put back what was not sent: that came from this editor
  area.required = false;
  area.hidden = true;
  area.parentElement.querySelector(".field__count")?.remove();
  const fill = () => { editor.setHTML(area.value !== area.defaultValue ? area.value : begun.innerHTML); };
  editor.setHTML(restored ? area.value : begun.innerHTML);
  written.value = "html";

  const carry = () => { area.value = sheet.textContent.trim() ? editor.getHTML() : ""; };
  editor.addEventListener("input", () => { carry(); area.dispatchEvent(new Event("input", {bubbles: true})); });
  form.addEventListener("submit", carry, true);
  form.addEventListener("click", (event) => { if (event.target.closest(".restored button")) setTimeout(fill); });

  function asBlock(tag) {
    editor.modifyBlocks((blocks) => {
      const made = document.createDocumentFragment();
      for (const block of [...blocks.childNodes]) {
        const plain = /^(P|H3|H4|DIV)$/.test(block.nodeName), other = plain ? document.createElement(block.nodeName === tag ? "P" : tag) : block;
        if (plain) other.append(...block.childNodes);
        made.append(other);
      }
      return made;
    });
  }
  const inside = (tag) => editor.hasFormat(tag);
  const link = bar.querySelector("[data-rich-link]"), address = link.querySelector("input");
  const askLink = () => {
    const there = editor.getPath().includes("A") && getSelection().anchorNode?.parentElement?.closest("a");
    address.value = there ? there.href : "https://";
    link.hidden = false;
    address.focus();
  };
  const DO = {
    bold: () => inside("B") ? editor.removeBold() : editor.bold(),
    h3: () => asBlock("H3"), h4: () => asBlock("H4"),
    ul: () => inside("UL") ? editor.removeList() : editor.makeUnorderedList(),
    ol: () => inside("OL") ? editor.removeList() : editor.makeOrderedList(),
    quote: () => inside("BLOCKQUOTE") ? editor.decreaseQuoteLevel() : editor.increaseQuoteLevel(),
    link: () => inside("A") ? editor.removeLink() : askLink(),
    plain: () => editor.removeAllFormatting(), undo: () => editor.undo(),
  };
  const STATES = {bold: "B", h3: "H3", h4: "H4", ul: "UL", ol: "OL", quote: "BLOCKQUOTE", link: "A"};
  const show = () => { for (const [name, tag] of Object.entries(STATES)) bar.querySelector(`[data-rich-do=${name}]`).setAttribute("aria-pressed", inside(tag)); };
  bar.addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); }); // the words stay selected
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rich-do]");
    if (!button) return;
    if (button.dataset.richDo !== "link" || inside("A")) editor.focus();
    DO[button.dataset.richDo]();
    show();
  });
  const setLink = () => {
    link.hidden = true;
    editor.focus();
    if (/^(https?:\/\/|mailto:|tel:).+/i.test(address.value)) editor.makeLink(address.value);
  };
  link.querySelector("button").addEventListener("click", setLink);
  address.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); setLink(); }
    if (event.key === "Escape") { link.hidden = true; editor.focus(); }
  });
  editor.addEventListener("pathChange", show);
  editor.addEventListener("select", show);
  document.querySelector('.error-summary a[href="#field-body"]')?.addEventListener("click", (event) => { event.preventDefault(); editor.focus(); });
})();
