// The format of the day pass (qr/day_pass.py), for the phone that shows it and the counter that checks it.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HEAD = 25, NONCE = 12, SIGNATURE = 64, ROLL = 5;
export const WINDOW = 30;
const utf8 = new TextEncoder();

export const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export function written(bytes) {
  let text = "", held = 0, bits = 0;
  for (const one of bytes) {
    held = (held << 8 | one) & 0xffff;
    bits += 8;
    while (bits >= 5) { bits -= 5; text += ALPHABET[held >> bits & 31]; }
  }
  return text;
}
// As people and scanner guns write it: case, hyphens, full-width letters and look-alikes do not matter.
export const spelt = (text) => text.normalize("NFKC").toUpperCase().replace(/[-\s]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
function read(text) {
  const bytes = [];
  let held = 0, bits = 0;
  for (const letter of text) {
    const five = ALPHABET.indexOf(letter);
    if (five < 0) return null;
    held = (held << 5 | five) & 0xffff;
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes.push(held >> bits & 255); }
  }
  return Uint8Array.from(bytes);
}

const joined = (...parts) => { const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0)); let at = 0; for (const part of parts) { all.set(part, at); at += part.length; } return all; };
async function mac(key, message) {
  const ready = await crypto.subtle.importKey("raw", key, {name: "HMAC", hash: "SHA-256"}, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", ready, message));
}
export const ownKey = (counter, id) => mac(counter, joined(utf8.encode("own|"), id));
// What rolls during the window of `seconds`: the bytes behind the text, and six digits for eyes.
export async function rolling(own, seconds) {
  const window = new Uint8Array(4);
  new DataView(window.buffer).setUint32(0, Math.floor(seconds / WINDOW));
  const made = await mac(own, joined(utf8.encode("roll|"), window));
  return {roll: made.slice(0, ROLL), digits: String(new DataView(made.buffer).getUint32(ROLL) % 1e6).padStart(6, "0")};
}
export const around = (own, seconds) => Promise.all([-1, 0, 1].map((later) => rolling(own, seconds + later * WINDOW)));

export function taken(text) {
  const plain = spelt(text), all = plain[0] === "D" && plain.length > 100 ? read(plain.slice(1)) : null;
  if (!all || all.length < HEAD + NONCE + SIGNATURE + ROLL) return null;
  const said = all.slice(0, -SIGNATURE - ROLL), head = said.slice(0, HEAD), view = new DataView(head.buffer);
  return {said, head, id: head.slice(0, 16), serial: view.getUint8(16) * 2 ** 32 + view.getUint32(17), day: view.getUint32(21),
    nonce: said.slice(HEAD, HEAD + NONCE), sealed: said.slice(HEAD + NONCE), signature: all.slice(-SIGNATURE - ROLL, -ROLL), roll: all.slice(-ROLL)};
}
export const signed = (region, said) => joined(utf8.encode(`day pass|${region}|`), said);
export async function opened(pass, counter) {
  const key = await crypto.subtle.importKey("raw", counter, "AES-GCM", false, ["decrypt"]);
  const text = await crypto.subtle.decrypt({name: "AES-GCM", iv: pass.nonce, additionalData: pass.head}, key, pass.sealed);
  const [companions, level, ...holder] = new TextDecoder().decode(text).replace(/\0+$/, "").split("|");
  return {companions: Number(companions), level, holder: holder.join("|")};
}

// Pages that are kept ------------------------------------------------------------------------------------------------
// A kept page says the time at which it was made; how far this device's clock is from the server's is noted when it was fresh.
const CLOCK = "clock-of:";
export function clock(made) {
  const name = CLOCK + location.pathname;
  let noted = null;
  try { noted = JSON.parse(localStorage.getItem(name)); } catch { /* storage forbidden: the device's own clock must do */ }
  const ahead = noted?.made === made ? noted.ahead : made - Date.now() / 1000;
  note(made, ahead);
  return () => Date.now() / 1000 + ahead;
}
function note(made, ahead) { try { localStorage.setItem(CLOCK + location.pathname, JSON.stringify({made, ahead})); } catch { /* as above */ } }
const KEPT = "kept-1", READY_WITHIN = 20000;
// Keeps this page and all it is drawn with; resolves to whether it would open without a network now: it is in the cache, and the worker that
// opens it from there is at work, which a worker that was only registered is not yet.
export async function keep(worker, scope, made) {
  if (!("serviceWorker" in navigator)) return false;
  try {
    await navigator.serviceWorker.register(worker, {scope});
    const cache = await caches.open(KEPT), answer = await fetch(location.pathname, {cache: "no-store", redirect: "error"});
    if (!answer.ok || !answer.headers.has("X-Keep")) return false;
    const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
    await cache.addAll(drawnWith(page));
    await cache.put(location.pathname, answer);
    const at = Number(page.querySelector("[data-made]")?.dataset.made);
    if (at) note(at, at - Date.now() / 1000);
    await swept(cache);
    return Boolean(made) && await atWork();
  } catch { return Boolean(await globalThis.caches?.match(location.pathname).catch(() => null)) && await atWork(); }
}
function drawnWith(page) {
  const own = [...page.querySelectorAll("link[href^='/assets/'], script[src^='/assets/'], img[src^='/assets/'], use")];
  return [...new Set(own.map((one) => (one.getAttribute("href") ?? one.getAttribute("src")).split("#")[0]))];
}
// Takes away the assets that none of the kept pages is drawn with any more: another pass, or a counter, may be kept beside this page.
async function swept(cache) {
  const all = (await cache.keys()).map((one) => new URL(one.url).pathname), asset = (path) => path.startsWith("/assets/");
  const read = async (path) => new DOMParser().parseFromString(await (await cache.match(path, {ignoreVary: true}))?.text() ?? "", "text/html");
  const needed = new Set((await Promise.all(all.filter((path) => !asset(path)).map(read))).flatMap(drawnWith));
  await Promise.all(all.filter((path) => asset(path) && !needed.has(path)).map((path) => cache.delete(path)));
}
async function atWork() {
  const ready = (await Promise.race([navigator.serviceWorker.ready, new Promise((done) => setTimeout(done, READY_WITHIN))]))?.active;
  if (!ready || ready.state === "activated") return Boolean(ready);
  return new Promise((done) => ready.addEventListener("statechange", () => done(ready.state === "activated"), {once: true}));
}
export const forget = async () => (await caches.open(KEPT)).delete(location.pathname);
