// Attachments beside the page: [ and ] or the arrows turn the pages, + and - zoom, o rotates, v or Esc closes. Each page is drawn by the server under
// the reader's watermark and noted there when it is looked at, so none is fetched ahead. Without script the files open where they stand, as links.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const ZOOMS = [1, 1.25, 1.5, 2, 3, 4];
  const turns = new Map(); // page → degrees; as one has turned it, it stays while this page is open
  let place = null, here = null, zoom = 0, opener = null;

  // Every page of every file that stands on this page now, in its order.
  const pages = () => all("[data-viewed]").flatMap((file) => Array.from({length: Number(file.dataset.pages)}, (_, at) => ({
    file: file.dataset.viewed, at: at + 1, of: Number(file.dataset.pages), whole: file.dataset.href, src: `${file.dataset.href}/pages/${at + 1}`})));
  const part = (name) => place.querySelector(`[data-viewer="${name}"]`);

  function build() {
    place = document.getElementById("viewer-parts").content.firstElementChild.cloneNode(true);
    document.body.append(place);
    document.body.classList.add("has-viewer");
    place.addEventListener("click", (event) => ACTS[event.target.closest("[data-viewer]")?.dataset.viewer]?.());
    place.addEventListener("keydown", (event) => {
      const act = {ArrowLeft: "before", ArrowRight: "next"}[event.key];
      if (act) { event.preventDefault(); ACTS[act](); }
    });
    part("page").addEventListener("load", () => { place.dataset.state = "there"; fit(); });
    part("page").addEventListener("error", () => { place.dataset.state = "away"; });
  }
  function show(page) {
    if (!page) return;
    if (!place) build();
    here = page;
    const every = pages(), at = every.findIndex((one) => one.src === page.src);
    place.dataset.state = "coming";
    part("name").textContent = page.file;
    part("count").textContent = page.of > 1 ? `第 ${page.at} / ${page.of} 页` : "";
    part("before").disabled = at <= 0;
    part("next").disabled = at === every.length - 1;
    part("page").alt = `${page.file}，第 ${page.at} 页`;
    part("page").src = page.src;
    part("alone").href = page.src;
    part("whole").href = page.whole;
    part("desk").scrollTo(0, 0);
  }
  // The picture as wide as the desk times the zoom; lying on its side it is as wide as it was high.
  function fit() {
    const picture = part("page"), sheet = part("sheet"), turned = turns.get(here.src) ?? 0, ratio = picture.naturalHeight / picture.naturalWidth;
    const width = (part("desk").clientWidth - 24) * ZOOMS[zoom], lying = turned % 180 !== 0;
    sheet.style.width = `${width}px`;
    sheet.style.height = `${lying ? width / ratio : width * ratio}px`;
    picture.style.width = `${lying ? width / ratio : width}px`;
    picture.style.transform = `translate(-50%, -50%) rotate(${turned}deg)`;
    part("out").disabled = zoom === 0;
    part("in").disabled = zoom === ZOOMS.length - 1;
  }
  function step(by) {
    const every = pages();
    show(every[every.findIndex((one) => one.src === here.src) + by]);
  }
  function close() {
    place.remove();
    document.body.classList.remove("has-viewer");
    place = here = null;
    if (opener?.isConnected) opener.focus();
  }
  const ACTS = {
    before: () => step(-1), next: () => step(1), close,
    in: () => { zoom = Math.min(ZOOMS.length - 1, zoom + 1); fit(); },
    out: () => { zoom = Math.max(0, zoom - 1); fit(); },
    turn: () => { turns.set(here.src, ((turns.get(here.src) ?? 0) + 90) % 360); fit(); },
  };

  document.addEventListener("click", (event) => {
    const file = event.target.closest("summary, a")?.closest("[data-viewed]"), any = event.target.closest("[data-view-files]");
    if ((!file && !any) || event.ctrlKey || event.metaKey || (file && event.target.closest("[data-whole]"))) return;
    event.preventDefault();
    if (any && place) return close();
    opener = event.target.closest("summary, a, button");
    show(file ? pages().find((one) => one.whole === file.dataset.href) : pages()[0]);
    place?.focus({preventScroll: true});
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && place && !document.querySelector("dialog[open]") && !event.target.closest("input, textarea, select")) close(); });
  addEventListener("resize", () => { if (place?.dataset.state === "there") fit(); });
})();
