// The venue's counter: a sound for each new arrival, also while another window covers the page, and a screen that stays on.
(() => {
  "use strict";
  const NAME = "counter-sound";
  const remembered = { // a browser that forbids storage forgets the choice, no more
    get on() { try { return localStorage.getItem(NAME) !== "off"; } catch { return true; } },
    set on(value) { try { localStorage.setItem(NAME, value ? "on" : "off"); } catch { /* as above */ } },
  };
  const button = document.querySelector("[data-sound]");
  const Audio = window.AudioContext ?? window.webkitAudioContext;
  let audio = null;

  // Admitted: two rising tones. Refused: one low one. Nothing is loaded, so nothing can fail to load.
  const TONES = {yes: [[880, 0], [1318.5, .16]], no: [[220, 0], [196, .22]]};
  function sound(verdict) {
    if (!audio || audio.state !== "running" || !remembered.on) return;
    for (const [pitch, after] of TONES[verdict] ?? TONES.yes) {
      const tone = audio.createOscillator(), loud = audio.createGain(), from = audio.currentTime + after;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, from);
      loud.gain.exponentialRampToValueAtTime(0.4, from + .02);
      loud.gain.exponentialRampToValueAtTime(0.0001, from + .35);
      tone.connect(loud).connect(audio.destination);
      tone.start(from);
      tone.stop(from + .4);
    }
  }
  // Browsers let a page sound only after somebody has touched it.
  async function wake() {
    if (!Audio || !remembered.on) return;
    audio ??= new Audio();
    if (audio.state !== "running") await audio.resume();
    show();
  }
  function show() {
    if (!button) return;
    const heard = remembered.on && audio?.state === "running";
    button.hidden = !Audio;
    button.setAttribute("aria-pressed", String(heard));
    button.querySelector("[data-sound-words]").textContent = heard ? "提示音已开" : remembered.on ? "点一下开启提示音" : "提示音已关";
  }
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest("[data-sound]")) wake(); });
  document.addEventListener("keydown", wake);
  button?.addEventListener("click", async () => {
    remembered.on = !(remembered.on && audio?.state === "running");
    await wake();
    show();
    sound("yes");
  });

  const latest = () => document.getElementById("arrivals")?.dataset ?? {};
  let known = latest().latest;
  document.addEventListener("htmx:after:swap", () => {
    const newest = latest();
    if (newest.latest && newest.latest !== known) sound(newest.verdict);
    known = newest.latest;
  });
  document.addEventListener("counter:answered", (event) => sound(event.detail)); // checked without a network (offline.js)
  // The scanner gun types: whatever was touched last, its next reading goes to its field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1 || event.target.closest("input, textarea, select")) return;
    document.getElementById("field-code")?.focus();
  });

  // The line stays open behind another window, where its sound is needed most; htmx reads this when it starts the stream.
  document.getElementById("live")?.setAttribute("hx-config", "sse.pauseOnBackground:false");

  const stayOn = async () => { try { await navigator.wakeLock?.request("screen"); } catch { /* low battery: the tablet decides */ } };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) stayOn(); });
  stayOn();
  show();
})();
