// What is wrong with how a page looks, as far as a machine can tell: a list of sentences. `least`: letters in px, 0 for a desk; `known`: words that
// are Latin and yet nobody's fault (logins of the demo).
({ least, touch, known }) => {
  const found = [];
  const say = (what, element, more = "") => found.push(`${what}: ${where(element)}${more && ` (${more})`}`);
  const where = (element) => {
    const classes = [...element.classList].slice(0, 2).map((one) => `.${one}`).join("");
    const text = (element.innerText || element.value || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 24);
    return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""}${classes} «${text}»`;
  };
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const hiddenAway = (box) => box.width <= 1 || box.height <= 1 || box.right <= 0 || box.bottom + scrollY <= 0;

  // Nothing is wider than the screen; what scrolls by itself may be.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const out = [...document.querySelectorAll("body *")].filter((one) => seen(one) && one.getBoundingClientRect().right > width + 1);
    const inner = out.filter((one) => !out.some((other) => other !== one && one.contains(other)));
    for (const one of inner.slice(0, 3)) say(`wider than the screen by ${Math.round(one.getBoundingClientRect().right - width)} px`, one);
    if (!inner.length) found.push(`the page is ${document.documentElement.scrollWidth - width} px wider than the screen`);
  }

  // Letters.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = new Set(), foreign = new Set();
  const plain = (text) => text.replace(/\b[0-9A-Z]{4}( [0-9A-Z]{4})+\b/g, " ").replace(/https?:\/\/\S+|[\w.+-]+@[\w.-]+|[\w-]+\.(com|cn|example|jpg|png|pdf|xlsx)\b/gi, " ");
  const words = (text) => (plain(text).match(/(?<![A-Za-z0-9_.:-])[A-Za-z]{3,}(?![A-Za-z0-9_.:-])/g) || []).filter((one) => !known.includes(one));
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim(), element = node.parentElement;
    if (!text || !seen(element) || element.closest("script, style, noscript")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (hiddenAway(range.getBoundingClientRect()) || element.closest(".only-heard")) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * (element.getScreenCTM ? element.getScreenCTM().a : 1);
    if (least && size < least - 0.01 && !small.has(element)) { small.add(element); say(`letters of ${size} px`, element); }
    if (!element.closest("kbd, code, [lang=en], [data-verbatim]")) for (const one of words(text)) if (!foreign.has(one)) { foreign.add(one); say(`English «${one}»`, element); }
  }
  for (const element of document.querySelectorAll("[placeholder], [aria-label], [title], [alt]")) {
    if (!seen(element)) continue;
    for (const name of ["placeholder", "aria-label", "title", "alt"]) for (const one of words(element.getAttribute(name) || "")) say(`English «${one}» in ${name}`, element);
  }

  // What is touched, is a finger wide; a link within a sentence may be as high as its line.
  if (touch) for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]")) {
    if (!seen(element) || element.disabled || element.closest(".only-heard")) continue;
    const inSentence = element.tagName === "A" && getComputedStyle(element).display === "inline" &&
      [...element.parentElement.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (inSentence) continue;
    const label = ["checkbox", "radio", "file"].includes(element.type) && (element.closest("label") || document.querySelector(`label[for="${CSS.escape(element.id)}"]`));
    const box = (label || element).getBoundingClientRect();
    if (!label && hiddenAway(box)) continue;
    if (Math.min(box.width, box.height) < touch - 0.5) say(`a finger's target of ${Math.round(box.width)} × ${Math.round(box.height)} px`, label || element);
  }

  // Names that are read out.
  const named = (element) => element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.title || (element.innerText || "").trim() ||
    element.labels?.length || [...element.querySelectorAll("img[alt], svg title")].some((one) => one.alt || one.textContent);
  for (const element of document.querySelectorAll("img:not([alt])")) say("no alternative text", element);
  for (const element of document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden], [type=submit])")) {
    if (seen(element) && !named(element)) say("no name to read out", element);
  }
  return found;
}
