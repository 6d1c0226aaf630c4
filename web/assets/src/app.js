// What pages can do better with script than without. Every page works when this file never arrives.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // Short words for people ------------------------------------------------------------------------------------------
  function say(kind, text) {
    const line = document.createElement("div");
    line.className = `toast-line toast-line--${kind}`;
    line.dataset.toast = kind;
    line.textContent = text;
    document.getElementById("toasts")?.append(line);
  }
  // Whoever puts a line there, this script or the server's answer, it goes by itself; a mistake stays long enough to be read twice.
  function letToastsGo() {
    const place = document.getElementById("toasts");
    if (!place) return;
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((line) => {
      if (line.nodeType === 1) setTimeout(() => line.remove(), line.dataset.toast === "error" ? 12000 : 5000);
    }))).observe(place, {childList: true});
  }

  // Live updates: one stream a page, seen when it is lost, healed without being asked ----------------------------------
  // Named events of the stream become DOM events on #live and bubble: hx-trigger="case from:body". After a gap `resync` says: ask again.
  const SILENCE = 45000; // the server sends a beat every 15 s; three missed and the line is dead, whatever TCP believes
  const LIVE_WORDS = {on: "连接正常", lost: "已断开，正在重连", off: "刷新页面看最新进展"};
  function keepLive(place) {
    let connection = null, heard = 0, lost = false, mute = 0, retry = 1000, timer = 0;
    const show = (state) => {
      if (place.dataset.live === state) return;
      place.dataset.live = state;
      place.querySelector("[data-live-words]").textContent = LIVE_WORDS[state];
    };
    const lose = () => { lost = true; show("lost"); };
    const again = () => {
      lose();
      clearTimeout(timer);
      timer = setTimeout(() => place.dispatchEvent(new Event("live-retry")), retry + Math.random() * 500);
      retry = Math.min(retry * 2, 30000);
    };
    const hear = (event) => {
      heard = Date.now();
      if (event?.detail.message.event === "offline") return lose(); // the server itself does not hear the others at the moment
      mute = 0;
      retry = 1000;
      show("on");
      if (lost) place.dispatchEvent(new Event("resync", {bubbles: true}));
      lost = false;
    };
    // The server speaks first. A stream that twice says nothing is none: the session has ended, and a fresh page leads to the login.
    place.addEventListener("htmx:sse:after:connection", (event) => {
      connection = event.detail.connection;
      heard = Date.now();
      mute += 1;
      if (mute > 2) location.reload();
    });
    place.addEventListener("htmx:sse:before:message", hear);
    place.addEventListener("htmx:sse:before:connection", (event) => { if (event.detail.connection.attempt > 0) lose(); });
    place.addEventListener("htmx:sse:error", (event) => { if (event.detail.status === 401) location.reload(); else lose(); });
    place.addEventListener("htmx:sse:close", (event) => { connection = null; if (event.detail.reason !== "removed") again(); });
    place.addEventListener("htmx:error", again); // the very first connection failed: the extension retries only what it has once had
    place.addEventListener("htmx:response:error", (event) => { if (event.detail.ctx.response.status === 401) location.reload(); else again(); });
    setInterval(() => {
      if (connection && !document.hidden && place.dataset.live === "on" && Date.now() - heard > SILENCE) {
        lose();
        connection.reader?.cancel();
      }
    }, 5000);
    addEventListener("online", (event) => { if (event.target !== window) return; if (!connection) again(); else if (lost) connection.delayCanceller?.(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) heard = Date.now(); });
  }

  // One click, one act --------------------------------------------------------------------------------------------------
  function guard(form, button) {
    form.dataset.sending = "1";
    if (!button) return;
    button.dataset.words = button.innerHTML;
    button.classList.add("is-busy");
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  }
  function release(form) {
    delete form.dataset.sending;
    all(".is-busy", form).concat(form.id ? all(`.is-busy[form="${form.id}"]`) : []).forEach((button) => {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
      if (button.dataset.words) button.innerHTML = button.dataset.words;
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sending) return event.preventDefault(), event.stopImmediatePropagation();
    if (form.method !== "post" && !form.hasAttribute("hx-post")) return;
    // After the browser has collected the fields: a button that is named must still be among them.
    setTimeout(() => guard(form, event.submitter));
    setTimeout(() => release(form), 20000);
  }, true);
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });
  addEventListener("pageshow", () => all("form[data-sending]").forEach(release));

  // What was typed is kept until it has arrived, for the one who typed it -----------------------------------------------
  // A form opts in by data-draft="…" (its name). Kept in this tab only; passwords, codes and hidden fields never are, of files that went up their ids.
  // A summary says data-keeps="…": what it sums up is not done with before it has arrived. A page that says data-arrived tells that what was sent has.
  const PREFIX = "draft:", SECRET = /^(password|file|hidden)$/;
  const owner = root.dataset.person || "";
  const fields = (form) => [...form.elements].filter((field) => field.name && !SECRET.test(field.type) && field.autocomplete !== "one-time-code" && field.tagName !== "BUTTON");
  const named = (name) => `${PREFIX}${location.pathname}#${name}`;
  const key = (form) => named(form.dataset.draft);
  const uploads = (form) => all("[data-upload]", form).map((part) => [part.dataset.name, all(`input[type="hidden"][name="${part.dataset.name}"]`, part).map((one) => one.value)]);
  const store = {
    read: (name) => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    write: (name, value) => { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* storage full or forbidden: then nothing is kept */ } },
    names: () => { try { return Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)); } catch { return []; } },
    drop: (name) => { try { sessionStorage.removeItem(name); } catch { /* as above */ } },
  };
  function keep(form, sent = false) {
    const values = fields(form).map((field) => /^(radio|checkbox)$/.test(field.type) ? [field.name, field.value, field.checked] : [field.name, field.value]);
    store.write(key(form), {owner, sent, values, files: uploads(form)});
  }
  function putBack(form, values) {
    let changed = false;
    for (const [name, value, checked] of values) {
      const field = fields(form).find((one) => one.name === name && (checked === undefined || one.value === value));
      if (!field || (checked === undefined ? field.value === value : field.checked === checked)) continue;
      if (checked === undefined) field.value = value; else field.checked = checked;
      changed = true;
    }
    return changed;
  }
  function offerUndo(form, blank) {
    const line = document.createElement("p");
    line.className = "notice restored";
    line.setAttribute("role", "status");
    line.textContent = "已恢复您刚才填写、还没有提交的内容。";
    const undo = document.createElement("button");
    undo.type = "button";
    undo.textContent = "不要这些内容";
    undo.addEventListener("click", () => { putBack(form, blank); store.drop(key(form)); line.remove(); });
    line.append(undo);
    form.prepend(line);
  }
  const has = (form, [name, value, checked]) => fields(form).some((field) => field.name === name && (checked === undefined || field.value === value));
  // What the server adds to a form when something is chosen (windows, then slots) is asked for again, and filled in as it comes.
  function fetchRest(form, values) {
    let late = values.filter((one) => one[2] !== false && !has(form, one));
    const ask = () => [...form.querySelectorAll('[hx-trigger~="change"]')].map((part) => part.querySelector("select, :checked")).filter((field) => field?.value).pop();
    if (!late.length || !ask()) return;
    const come = () => {
      const came = late.filter((one) => has(form, one));
      if (!came.length || !form.isConnected) return document.removeEventListener("htmx:after:swap", come);
      late = late.filter((one) => !came.includes(one));
      putBack(form, came);
      keep(form);
      if (late.length) setTimeout(() => ask()?.dispatchEvent(new Event("change", {bubbles: true})));
      else document.removeEventListener("htmx:after:swap", come);
    };
    document.addEventListener("htmx:after:swap", come);
    ask().dispatchEvent(new Event("change", {bubbles: true}));
  }
  function fetchFiles(form, files) { // declared.js asks for the fields as they were
    const there = new Map(uploads(form));
    for (const [name, ids] of files) {
      if (ids.length && there.has(name) && !there.get(name).length) form.dispatchEvent(new CustomEvent("files-kept", {bubbles: true, detail: {name, ids}}));
    }
  }
  function restoreDrafts() {
    const onTheWay = !owner; // the login page: nobody is logged in yet, and the draft waits behind it
    for (const name of store.names()) {
      const draft = store.read(name);
      const foreign = owner && draft?.owner && draft.owner !== owner;
      const here = all("form[data-draft]").some((form) => key(form) === name) || all("[data-keeps]").some((part) => named(part.dataset.keeps) === name);
      const arrived = draft?.sent && !onTheWay && (!here || "arrived" in root.dataset);
      if (foreign || arrived) store.drop(name);
    }
    all("form[data-draft]").forEach((form) => {
      const draft = store.read(key(form));
      // An answer with marked fields holds what was typed already; what the server says is then the truth.
      if (draft && !form.querySelector(".field--wrong") && !document.getElementById("error-summary")) {
        const blank = fields(form).map((field) => /^(radio|checkbox)$/.test(field.type) ? [field.name, field.value, field.checked] : [field.name, field.value]);
        if (putBack(form, draft.values)) offerUndo(form, blank);
        addEventListener("DOMContentLoaded", () => setTimeout(() => { fetchRest(form, draft.values); fetchFiles(form, draft.files ?? []); }));
      }
      form.addEventListener("input", () => keep(form));
      form.addEventListener("change", () => keep(form));
      form.addEventListener("submit", () => keep(form, true));
    });
  }
  document.addEventListener("submit", (event) => { if (event.target.hasAttribute("data-forget-drafts")) store.names().forEach(store.drop); });

  // Small parts ---------------------------------------------------------------------------------------------------------
  function counted(area) {
    const words = document.createElement("p");
    words.className = "field__count";
    const count = () => { words.textContent = `${area.value.length} / ${area.dataset.count} 字`; };
    area.after(words);
    area.addEventListener("input", count);
    count();
  }
  function stepped(part) {
    const input = part.querySelector("input"), buttons = all("[data-step]", part);
    const limit = () => buttons.forEach((button) => {
      button.hidden = false;
      button.disabled = Number(button.dataset.step) < 0 ? Number(input.value) <= Number(input.min) : Number(input.value) >= Number(input.max);
    });
    buttons.forEach((button) => button.addEventListener("click", () => {
      input.value = Math.min(Number(input.max), Math.max(Number(input.min), Number(input.value) + Number(button.dataset.step)));
      input.dispatchEvent(new Event("input", {bubbles: true}));
      limit();
    }));
    input.addEventListener("input", limit);
    limit();
  }
  // Each digit by itself, over a colour that the code makes: the one that is lit wanders, a second each, and with the next code all of it is another.
  function spread(code) {
    const text = code.textContent.trim();
    code.style.setProperty("--turn", `${Number(text.replace(/\D/g, "")) % 360}deg`);
    code.replaceChildren(...[...text].map((one) => Object.assign(document.createElement("span"), {textContent: one, className: one.trim() ? "digit" : "gap"})));
    return all(".digit", code);
  }
  // While a pass is shown the screen stays on, where the browser can do that; it asks again whenever the page is looked at again.
  let awake = null;
  async function stayAwake() {
    if (!navigator.wakeLock || document.hidden || (awake && !awake.released)) return;
    try { awake = await navigator.wakeLock.request("screen"); } catch { awake = null; /* low battery, or forbidden: then the phone does as it is set */ }
  }
  document.addEventListener("visibilitychange", () => { if (document.querySelector(".rolling")) stayAwake(); });
  // A rolling code tells its time by the server's clock; a phone's own may be minutes off. At each turn it asks for the next code.
  function rolling(part) {
    const period = Number(part.dataset.period), ahead = Number(part.dataset.now) - performance.now() / 1000;
    const bar = part.querySelector("progress"), code = part.querySelector(".rolling__code"), digits = code ? spread(code) : []; // a counter has the time alone
    if (code) stayAwake();
    let turn = Math.floor(Number(part.dataset.now) / period);
    // Without an answer the digits are old: that is said, and asked again, until the answer takes this part's place.
    const missed = (event) => {
      if (event.target !== part || event.detail.ctx?.response?.status < 500) return;
      part.classList.add("rolling--old");
      setTimeout(() => { if (part.isConnected) part.dispatchEvent(new Event("roll")); }, 3000);
    };
    part.addEventListener("htmx:error", missed);
    part.addEventListener("htmx:response:error", missed);
    const tick = setInterval(() => {
      if (!part.isConnected) return clearInterval(tick);
      const now = ahead + performance.now() / 1000, present = Math.floor(now / period);
      bar.value = period - now % period;
      digits.forEach((digit, at) => digit.classList.toggle("is-lit", at === Math.floor(now) % digits.length)); // a picture of this page stands still
      if (present !== turn) { turn = present; part.dispatchEvent(new Event("roll")); }
    }, 250);
  }
  function waiting(button) { // data-waits: seconds until another code may be sent, as the server said it
    let left = Number(button.dataset.waits);
    const words = button.textContent;
    const tick = () => {
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${left} 秒后可重发` : words;
      if (left-- > 0) setTimeout(tick, 1000);
    };
    tick();
  }
  function undone(line) { // data-undo: seconds for which what was just done may be taken back
    const until = performance.now() + 1000 * Number(line.dataset.undo), left = line.querySelector("[data-undo-left]");
    const timer = setInterval(() => {
      const seconds = Math.ceil((until - performance.now()) / 1000);
      left.textContent = Math.max(0, seconds);
      if (seconds <= 0 && !line.dataset.sending) { clearInterval(timer); line.remove(); }
    }, 250);
  }
  const parts = {
    // «请填写这一项» beside its field says enough; in the summary it needs the field's name.
    ".error-summary a[href^='#field-']": (link) => {
      const label = document.getElementById(link.hash.slice(1))?.closest(".field")?.querySelector(".field__label")?.firstChild?.textContent.trim();
      if (label && !link.textContent.includes(label)) link.prepend(`${label}：`);
    },"[data-undo]": undone, "textarea[data-count]": counted, "[data-stepper]": stepped, "[data-period]": rolling, "[data-waits]": waiting, "[data-live]": keepLive};
  const ready = new WeakSet();
  function enliven(within) {
    for (const [selector, start] of Object.entries(parts)) {
      for (const part of all(selector, within).concat(within.matches?.(selector) ? [within] : [])) {
        if (!ready.has(part)) { ready.add(part); start(part); }
      }
    }
  }

  const tellNetwork = () => all("[data-offline]").forEach((line) => { line.hidden = navigator.onLine; });
  addEventListener("online", tellNetwork);
  addEventListener("offline", tellNetwork);

  // Answers that htmx does not put into the page: say them, unless they brought a line of their own, or nobody asked but the page itself.
  const asked = (part) => part.closest?.("form, a, button");
  document.addEventListener("htmx:response:error", (event) => {
    const ctx = event.detail.ctx, {response, text = ""} = ctx;
    if (event.target.id === "live") return;
    const refusal = new DOMParser().parseFromString(text, "text/html").querySelector("meta[name=refusal]");
    if (refusal) { // a whole page of refusal: its sentence, not the page inside this page
      ctx.swap = "none";
      if (asked(event.target) || response.status < 500) say("error", refusal.content);
      return;
    }
    if (text.includes('role="alert"') || text.includes("hx-swap-oob")) return; // it says itself what is wrong
    if (response.status === 401) return location.reload(); // the server leads to the login page, and back
    if (asked(event.target)) say("error", response.status >= 500 ? "系统正在恢复，您填写的内容没有丢失，请过一会儿再试。" : "这一步没有办成，请刷新页面后再试。");
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && asked(event.target)) say("error", "网络不通，没有办成。请检查网络后再试一次。");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    enliven(document.body);
    event.detail.ctx.target?.querySelector?.("[data-focus]")?.focus();
  });

  // Deferred, so the page is there; before htmx starts its stream on DOMContentLoaded.
  if (document.querySelector("[data-keeps]")) history.replaceState(null, "", location.href); // back and reload open the form, and nothing is sent twice
  letToastsGo();
  enliven(document.body);
  restoreDrafts();
  tellNetwork();
  document.querySelector("[data-focus]")?.focus();
})();
