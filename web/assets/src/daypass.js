// The holder's day pass: draws its code anew every 30 seconds by itself, and is kept for where there is no network.
import encodeQR from "qr";
import {WINDOW, clock, forget, keep, rolling, unhex, written} from "./passes.js";

const place = document.getElementById("daypass"), {token, own, made, ends, worker, scope} = place.dataset;
const now = clock(Number(made)), key = unhex(own);
const show = (name) => { place.dataset.state = name; };
const part = (name) => place.querySelector(`[data-part=${name}]`);
const ASK_EVERY = 10;
let window_ = -1;

function over() {
  clearInterval(timer);
  forget();
  part("code").remove();
  show("over");
}
async function turn() {
  if (now() >= Number(ends)) return over();
  const seconds = now(), present = Math.floor(seconds / WINDOW);
  place.querySelector("progress").value = WINDOW - seconds % WINDOW;
  if (present === window_) return;
  window_ = present;
  const {roll, digits} = await rolling(key, seconds);
  part("digits").textContent = `${digits.slice(0, 3)} ${digits.slice(3)}`;
  const symbol = new DOMParser().parseFromString(encodeQR(token + written(roll), "svg", {ecc: "medium", encoding: "alphanumeric", border: 4}), "image/svg+xml");
  symbol.documentElement.setAttribute("shape-rendering", "crispEdges");
  part("qr").replaceChildren(document.importNode(symbol.documentElement, true));
}
// While there is a network, the server says whether the pass still stands (a card that was stopped, a pass that was used).
async function ask() {
  try {
    const answer = await fetch(location.pathname, {cache: "no-store"}), page = answer.ok ? await answer.text() : "";
    if (answer.status < 500 && (answer.redirected || !page.includes("data-token"))) { await forget(); return location.reload(); }
    show(answer.ok ? "online" : "offline");
  } catch { show("offline"); }
}
const timer = setInterval(turn, 250);
setInterval(() => { if (!document.hidden) ask(); }, ASK_EVERY * 1000);
addEventListener("online", ask);
addEventListener("offline", () => show("offline"));
if (!globalThis.crypto?.subtle) { clearInterval(timer); part("code").remove(); show("cannot"); } else {
  turn();
  keep(worker, scope, made).then((kept) => { part("kept").dataset.kept = kept ? "yes" : "no"; });
}
if (!navigator.onLine) show("offline"); else ask();
navigator.wakeLock?.request("screen").catch(() => { /* low battery: the phone decides */ });
