/* Python in a worker: it brings what cells need, and runs them. All comes from the book's own
   host, is counted, and is kept by the browser. */
// A cell may start a worker; this one would have no policy then: see python.js.
if (location.protocol !== "blob:") throw new Error("Python starts from its page alone");

const version = new URL(import.meta.url).search;
const home = new URL("python/", import.meta.url);
const packages = "/lib/python3.14/site-packages";
const first = ["pyodide.asm.wasm.gz", "stdlib.zip.gz", "numpy.tar.gz", "book.tar.gz"];

const tell = (type, more) => postMessage({ type, ...more });
const address = (name) => `${new URL(name, home)}${version}`;
// Where there is no such cache (http://, but for localhost), HTTP's own keeps what came.
const cache = (async () => {
  const name = `python${version}`;
  for (const old of (await self.caches?.keys().catch(() => [])) ?? []) {
    if (old.startsWith("python") && old !== name) caches.delete(old);
  }
  return self.caches?.open(name).catch(() => undefined);
})();
const kept = async (name) => (await cache)?.match(address(name));

let python, kernel, files, all = 0, got = 0, told = 0;

async function* chunks(body) {
  const reader = body.getReader();
  for (let next; !(next = await reader.read()).done;) yield next.value;
}

// A file, whose bytes are counted as they come.
async function bring(name) {
  const there = await kept(name);
  const response = there ?? (await fetch(address(name)).catch(() => {
    throw new Error("the book’s host does not answer");
  }));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const parts = [];
  for await (const part of chunks(response.body)) {
    parts.push(part);
    got += part.length;
    // The list of the files counts for nothing, and fifty steps are smooth enough.
    if (got - told > all / 50 && all) tell("bytes", { got: told = got, all });
  }
  const file = new Blob(parts);
  // No place to keep it is no reason not to run.
  if (!there) await (await cache)?.put(address(name), new Response(file)).catch(() => {});
  return file;
}

// A host may have unpacked it on the way: the first two bytes tell.
async function unpacked(file) {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = a === 0x1f && b === 0x8b;
  const whole = packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file;
  return new Response(whole).arrayBuffer();
}

const load = async (name) => unpacked(await bring(name));

// What comes, how large it is, and whether this browser has it already.
async function announce(name, names) {
  const bytes = names.reduce((sum, file) => sum + files.sizes[file], 0);
  all += bytes;
  const here = await Promise.all(names.map(kept));
  tell("comes", { name, bytes, kept: here.every(Boolean) });
}

// What fetch.py has packed, as ustar: Python's own reader takes a tenth of the start.
function unpack(archive) {
  const bytes = new Uint8Array(archive);
  const block = 512;
  for (let at = 0; bytes[at];) {
    const field = (start, length) =>
      new TextDecoder().decode(bytes.subarray(at + start, at + start + length)).split("\0")[0];
    const path = [packages, field(345, 155), field(0, 100)].filter(Boolean).join("/");
    const size = parseInt(field(124, 12), 8);
    at += block;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, bytes.subarray(at, at + size), { canOwn: true });
    at += Math.ceil(size / block) * block;
  }
  python.runPython("import importlib; importlib.invalidate_caches()");
}

async function add(name) {
  const file = `${name}.tar.gz`;
  await announce(name, [file]);
  unpack(await load(file));
}

// Pyodide fetches two files itself; it gets those that were counted and unpacked.
function hand(wasm, stdlib) {
  const network = self.fetch;
  self.fetch = async (what, ...rest) => {
    const path = new URL(what.url ?? what, home).pathname;
    if (path.endsWith("pyodide.asm.wasm")) {
      return new Response(await wasm, { headers: { "Content-Type": "application/wasm" } });
    }
    if (path.endsWith("python_stdlib.zip")) return new Response(await stdlib);
    return network(what, ...rest);
  };
}

// Large data stays on the host until a cell opens it.
function leave([path, place]) {
  const cut = path.lastIndexOf("/");
  const folder = `${packages}/${path.slice(0, cut)}`;
  python.FS.mkdirTree(folder);
  python.FS.createLazyFile(folder, path.slice(cut + 1), address(place), true, false);
}

async function start() {
  const began = performance.now();
  files = JSON.parse(await (await bring("files.json")).text());
  got = 0;
  await announce("Python", first);
  const [wasm, stdlib, numpy, book] = first.map(load);
  hand(wasm, stdlib);
  Promise.all([wasm, stdlib, numpy, book]).then(() => tell("starts"), () => {});
  const names = ["pyodide.mjs", "pyodide.asm.mjs"];
  const [{ loadPyodide }, core] = await Promise.all(names.map((name) => import(address(name))));
  python = await loadPyodide({
    createPyodideModule: core.default,
    indexURL: home.href,
    // With none of its own packages to look for, it never asks another host.
    packageBaseUrl: home.href,
    lockFileContents: { info: files.platform, packages: {} },
  });
  for (const archive of [numpy, book]) unpack(await archive);
  Object.entries(files.later).forEach(leave);
  kernel = python.pyimport("kernel");
  tell("ready", { seconds: (performance.now() - began) / 1000 });
}

async function run({ id, name, source, exercise }) {
  for (const tried = new Set();;) {
    const missing = kernel.wanted(source);
    if (!(`${missing}.tar.gz` in files.sizes) || tried.has(missing)) break;
    tried.add(missing);
    await add(missing);
  }
  tell("runs", { id });
  const began = performance.now();
  const post = (outputs) => tell("outputs", { id, outputs: JSON.parse(outputs) });
  const outputs = JSON.parse(kernel.run(name, source, post));
  const seconds = (performance.now() - began) / 1000;
  const { answer, asks, of = "_" } = exercise ?? {};
  const verdict = exercise && kernel.judge(exercise.source, answer, asks, of);
  tell("done", { id, outputs, seconds, verdict });
}

let ready;
self.onmessage = async ({ data }) => {
  try {
    await (ready ??= start());
    if (data.id) await run(data);
  } catch (error) {
    tell("broken", { id: data.id, message: `${error?.message ?? error}` });
  }
};
