// The counter without a network: checks day passes by itself, keeps what it let in, and sends it when the network is back.
import {verifyAsync} from "@noble/ed25519";
import decodeQR from "qr/decode.js";
import {around, clock, hex, keep, opened, ownKey, signed, spelt, taken, unhex} from "./passes.js";

const place = document.getElementById("offline"), {here, made, worker, phone} = place.dataset;
const part = (name) => place.querySelector(`[data-part=${name}]`);
const pageClock = clock(Number(made));
const ASK_EVERY = 30;
let network = navigator.onLine, sending = false;

// What is kept: one database a venue's link ------------------------------------------------------------------------------
const opening = new Promise((done, fail) => {
  const asked = indexedDB.open(`counter:${here}`, 1);
  asked.onupgradeneeded = () => { asked.result.createObjectStore("list"); asked.result.createObjectStore("reports", {keyPath: "nonce"}); asked.result.createObjectStore("seen"); };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => fail(asked.error);
});
async function store(name, act, way = "readonly") {
  const box = (await opening).transaction(name, way, {durability: "strict"});
  return new Promise((done, fail) => {
    const asked = act(box.objectStore(name));
    box.oncomplete = () => done(asked.result);
    box.onerror = box.onabort = () => fail(box.error);
  });
}
const list = () => store("list", (box) => box.get("list"));
const waiting = () => store("reports", (box) => box.getAll());
const now = (kept) => kept ? Date.now() / 1000 + kept.ahead : pageClock();

// Hearing of the server, and telling it --------------------------------------------------------------------------------
async function refresh() {
  try {
    const answer = await fetch(`${here}/offline`, {cache: "no-store"});
    if (answer.status === 404) { await store("list", (box) => box.clear(), "readwrite"); return location.reload(); } // the link was renewed
    if (!answer.ok) throw new Error(answer.status);
    const said = await answer.json();
    await learn({...said, ahead: said.now - Date.now() / 1000});
    const back = !network;
    network = true;
    if (back) document.body.dispatchEvent(new Event("resync"));
    await send();
  } catch { network = false; }
  await show();
}
// Two answers may overtake each other, also those of another window of this device: the older list does not replace the newer.
// One that is older by more than an answer may take comes from a server whose clock was set right.
async function learn(said) {
  const box = (await opening).transaction("list", "readwrite", {durability: "strict"}), lists = box.objectStore("list");
  const asked = lists.get("list");
  asked.onsuccess = () => {
    const overtaken = (asked.result?.now ?? 0) - said.now;
    if (!(overtaken > 0 && overtaken < 60)) lists.put(said, "list");
  };
  return new Promise((done, fail) => { box.oncomplete = done; box.onerror = box.onabort = () => fail(box.error); });
}
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (const report of await waiting()) {
      const answer = await fetch(`${here}/offline`, {method: "POST", body: new URLSearchParams(report)});
      if (!answer.ok && answer.status !== 400) break; // 400: nothing that the server could ever read; it has been seen, and is not asked again
      await store("reports", (box) => box.delete(report.nonce), "readwrite");
    }
  } finally { sending = false; }
}

// Checking -----------------------------------------------------------------------------------------------------------
const NO = {
  none: "本页还没有连过网，没有可以核对的名单。请按下面的办法处理。",
  old: "本页的名单超过 12 小时没有更新，不能再离线放行。请致电核实。",
  scanned: "这不是当日通行证。持卡人已经扫过引导图的，请看手机上的绿色通行页：图标在动、数字会变就是有效的。",
  forged: "签名不符，不是本系统签发的通行证。请勿放行。", elsewhere: "这是别的场所的通行证，请勿放行。", day: "不是今天的通行证，请勿放行。",
  rolled: "动态码已经过期，可能是截图。请持卡人当面打开通行证，再扫一次。", used: "这张通行证今天已经用过，不能再次使用。",
  stopped: "持卡人的人才卡已经停用，请勿放行。", unknown: "名单里没有这六位数字。请扫持卡人手机上的二维码。",
};
class Refused extends Error { constructor(why) { super(NO[why]); } }

async function byText(kept, text, at) {
  const pass = taken(text);
  if (!pass) throw new Refused("scanned");
  const day = kept.days.find((one) => one.day === pass.day);
  if (!day || at < day.from || at >= day.until) throw new Refused("day");
  if (!await verifyAsync(pass.signature, signed(kept.region, pass.said), unhex(day.public)).catch(() => false)) throw new Refused("forged");
  if (pass.serial !== kept.serial) throw new Refused("elsewhere");
  const counter = unhex(day.key), rolls = await around(await ownKey(counter, pass.id), at);
  if (!rolls.some((one) => hex(one.roll) === hex(pass.roll))) throw new Refused("rolled");
  return {id: hex(pass.id), ...await opened(pass, counter).catch(() => { throw new Refused("forged"); }), report: {text: spelt(text)}};
}
async function byDigits(kept, digits, at) {
  const day = kept.days.find((one) => at >= one.from && at < one.until);
  if (!day) throw new Refused("day");
  const counter = unhex(day.key), showing = [];
  for (const pass of kept.passes) {
    const rolls = await around(await ownKey(counter, unhex(pass.id)), at);
    if (rolls.some((one) => one.digits === digits)) showing.push(pass);
  }
  if (showing.length !== 1) throw new Refused("unknown");
  return {...showing[0], report: {pass_id: showing[0].id, digits}};
}
async function check(typed) {
  const kept = await list();
  if (!kept) throw new Refused("none");
  const at = now(kept);
  if (at - kept.now > kept.trusted) throw new Refused("old");
  const plain = typed.normalize("NFKC").replace(/\s/g, ""), pass = await (/^\d{6}$/.test(plain) ? byDigits : byText)(kept, plain, at);
  const known = kept.passes.find((one) => one.id === pass.id)?.state;
  if (known === "stopped" || known === "used") throw new Refused(known);
  // One transaction: of two readings of one pass the second sees the first, also in another window of this device.
  const report = {nonce: crypto.randomUUID(), checked_at: String(Math.floor(at)), ...pass.report};
  const fresh = await new Promise((done, fail) => opening.then((base) => {
    const box = base.transaction(["seen", "reports"], "readwrite", {durability: "strict"});
    let first = true;
    const asked = box.objectStore("seen").get(pass.id);
    asked.onsuccess = () => {
      first = asked.result === undefined;
      if (first) { box.objectStore("seen").put(at, pass.id); box.objectStore("reports").put(report); }
    };
    box.oncomplete = () => done(first);
    box.onerror = box.onabort = () => fail(box.error);
  }));
  if (!fresh) throw new Refused("used");
  return {...pass, at};
}

// The page -----------------------------------------------------------------------------------------------------------
const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString("zh-CN", {hour: "2-digit", minute: "2-digit", hour12: false, timeZone: place.dataset.zone});
function answer(yes, title, text) {
  const shown = document.getElementById(yes ? "answer-yes" : "answer-no").content.cloneNode(true);
  shown.querySelector(".answer__title").textContent = title;
  shown.querySelector(".answer__text").textContent = text;
  document.querySelectorAll("#check > .answer").forEach((old) => old.remove());
  document.getElementById("check").prepend(shown);
  document.dispatchEvent(new CustomEvent("counter:answered", {detail: yes ? "yes" : "no"}));
}
async function checkHere(field) {
  const typed = field.value.trim();
  if (!typed) return;
  try {
    const pass = await check(typed);
    answer(true, `${pass.holder} 离线核对通过`, `${pass.level} · ${pass.companions ? `随行 ${pass.companions} 人` : "无随行"} · ${time(pass.at)}，联网后自动补记`);
  } catch (error) {
    answer(false, "不能离线放行", error instanceof Refused ? `${error.message} 有疑问请拨打 ${phone}` : `本机没有存下来，请记在纸上并致电 ${phone}`);
  }
  field.value = "";
  field.focus();
  await show();
}
async function show() {
  const [kept, reports] = await Promise.all([list(), waiting()]);
  const minutes = kept ? Math.max(0, Math.round((now(kept) - kept.now) / 60)) : null;
  place.dataset.state = network ? "online" : "offline";
  part("age").textContent = minutes === null ? "还没有" : minutes < 1 ? "刚刚" : minutes < 120 ? `${minutes} 分钟前` : `${Math.round(minutes / 60)} 小时前`;
  part("waiting").textContent = reports.length;
  part("some").hidden = !reports.length;
}
const isOurs = (form) => form?.closest?.("#check") && form.elements.code;
addEventListener("submit", (event) => { // on the window: before the page's own scripts take the form for sent
  if (network && navigator.onLine || !isOurs(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  checkHere(event.target.elements.code);
}, true);
document.addEventListener("htmx:error", (event) => { // the network went while it was asked
  const form = event.target.closest?.("form");
  if (!isOurs(form)) return;
  network = false;
  checkHere(form.elements.code);
}, true);
for (const told of ["arrival", "confirmed", "undone", "passes"]) document.body.addEventListener(told, refresh);
addEventListener("online", refresh);
addEventListener("offline", () => { network = false; show(); });
setInterval(refresh, ASK_EVERY * 1000);

// The camera: the browser's own reader where it has one, else ours; what it reads goes into the field as from a gun -------------
const film = part("film"), button = part("camera");
let stream = null;
const stop = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; film.hidden = true; button.setAttribute("aria-pressed", "false"); };
async function reader() {
  try { if ((await BarcodeDetector.getSupportedFormats()).includes("qr_code")) { const own = new BarcodeDetector({formats: ["qr_code"]}); return async () => (await own.detect(film))[0]?.rawValue; } } catch { /* has none */ }
  const canvas = document.createElement("canvas"), brush = canvas.getContext("2d", {willReadFrequently: true});
  return async () => {
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    brush.drawImage(film, 0, 0);
    try { return decodeQR(brush.getImageData(0, 0, canvas.width, canvas.height)); } catch { return ""; } // nothing to be read in this picture
  };
}
async function look() {
  if (stream) return stop();
  try { stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment", width: {ideal: 1280}}}); } catch { return answer(false, "打不开摄像头", "请在浏览器设置里允许本页使用摄像头，或者输入持卡人手机上的六位数字。"); }
  film.hidden = false;
  button.setAttribute("aria-pressed", "true");
  film.srcObject = stream;
  await film.play();
  const reads = await reader();
  while (stream) {
    const text = film.videoWidth ? await reads() : "";
    if (text && stream) {
      stop();
      const field = document.getElementById("field-code");
      field.value = text;
      field.form.requestSubmit();
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}
button.hidden = !navigator.mediaDevices?.getUserMedia;
button.addEventListener("click", look);

keep(worker, here, made).then((kept) => { part("unkept").hidden = kept; place.dataset.kept = kept ? "yes" : "no"; });
refresh();
