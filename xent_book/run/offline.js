/* The book where no host answers. It comes after a first press: until then nothing is kept. What
   a host answers is newer, so that comes first; the build puts `files` and `version` above. */
const mine = `book ${registration.scope} `;
const place = mine + version;

const keep = async () => {
  // As they are now, whatever the browser has of a former book.
  const fresh = files.map((file) => new Request(file, { cache: "no-cache" }));
  await (await caches.open(place)).addAll(fresh);
  await skipWaiting();
};

const clear = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith(mine) && name !== place);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
};

const kept = async ({ url }) => {
  const page = new URL(url);
  if (page.pathname.endsWith("/")) page.pathname += "index.html";
  const cache = await caches.open(place);
  const found = await cache.match(page, { ignoreSearch: true });
  // A copy has the address that was asked for, which tells a script its version.
  return found ? new Response(found.body, found) : Response.error();
};

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(clear()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (!request.url.startsWith(registration.scope)) return;
  // A page that this browser has kept by itself may be a former one, too.
  const how = request.mode === "navigate" ? { cache: "no-cache" } : {};
  event.respondWith(fetch(request, how).catch(() => kept(request)));
});
