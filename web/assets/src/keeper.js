// The service worker of the few pages that must open without a network: a prepared day pass, and a venue's counter.
// It keeps what the server marks with «X-Keep» and what such a page is drawn with; the network always goes first, and what it refuses is forgotten.
"use strict";
const KEPT = "kept-1", TOO_LONG = 4000;
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const {request} = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith("/assets/")) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(page(request, address.pathname));
});
// An asset's name is its content: what was kept is right for ever.
async function asset(request) {
  return await (await caches.open(KEPT)).match(request.url.split("#")[0]) ?? fetch(request);
}
async function page(request, path) {
  const cache = await caches.open(KEPT).catch(() => null), kept = await cache?.match(path, {ignoreVary: true}); // storage may be full or forbidden
  const asked = fetch(request).then(async (answer) => {
    await remembered(cache, path, answer).catch(() => { /* full: the page itself is not the worse for it */ });
    return answer;
  });
  if (!kept) return asked.catch(async (gone) => await cache?.match(path, {ignoreVary: true}) ?? Promise.reject(gone)); // it may be there by now
  const answer = await Promise.race([asked.catch(() => null), new Promise((done) => setTimeout(done, TOO_LONG))]);
  return answer && answer.status < 500 ? answer : kept;
}
async function remembered(cache, path, answer) {
  if (answer.ok && answer.headers.has("X-Keep")) await cache?.put(path, answer.clone());
  else if (answer.status < 500) await cache?.delete(path); // logged out, renewed, over: the page that says so counts
}
