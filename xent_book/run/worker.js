/* Python in a worker: it brings what cells need, and runs them. All comes from the book's own
   host, is counted and checked, and is kept by the browser. Above this the page puts `home` and
   `version`, and the build `platform`, `files` and `later`. */
const packages = "/lib/python3.14/site-packages";
const first = ["pyodide.asm.wasm.gz", "stdlib.zip.gz", "numpy.tar.gz", "book.tar.gz"];
const scripts = ["pyodide.mjs", "pyodide.asm.mjs"];

const tell = (type, more) => postMessage({ type, ...more });
const address = (name) => `${home}${name}?${version}`;
// Where there is no such cache (http://, but for localhost), HTTP's own keeps what came.
const cache = (async () => {
  const name = `python ${version}`;
  for (const old of (await self.caches?.keys().catch(() => [])) ?? []) {
    if (old.startsWith("python") && old !== name) caches.delete(old);
  }
  return self.caches?.open(name).catch(() => undefined);
})();
const kept = async (name) => (await cache)?.match(address(name));

let python, kernel, lost, all = 0, got = 0, told = 0;

// Fifty steps are smooth enough.
function count(bytes) {
  got += bytes;
  if (got - told > all / 50) tell("bytes", { got: told = got, all });
}

// A host may have unpacked it on the way: the first two bytes tell.
async function unpacked(file) {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = a === 0x1f && b === 0x8b;
  const whole = packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file;
  return new Response(whole).arrayBuffer();
}

const hex = (digest) =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");

// The bytes of a file, if they are those of the build. On plain http:// there is no crypto.subtle
// (but on localhost); the length and gzip's own checksum then have to do.
async function check(name, file) {
  const { whole, sha256 } = files[name];
  const bytes = await unpacked(file);
  if (bytes.byteLength !== whole) throw new Error(`${bytes.byteLength} bytes, not ${whole}`);
  const digest = await self.crypto.subtle?.digest("SHA-256", bytes);
  if (digest && hex(digest) !== sha256) throw new Error("its contents differ");
  return bytes;
}

async function bring(name) {
  const there = await (await kept(name))?.blob();
  if (there) {
    count(there.size);
    // A cell can write where it is kept.
    const bytes = await check(name, there).catch(() => undefined);
    if (bytes) return bytes;
  }
  return runAsk(address(name), async (file) => {
    const bytes = await check(name, file);
    // No place to keep it is no reason not to run.
    await (await cache)?.put(address(name), new Response(file)).catch(() => {});
    return bytes;
  }, count);
}

// A script: it is kept by HTTP's own cache alone, where `import` finds it.
async function load(name) {
  await runAsk(address(name), (file) => check(name, file));
  return import(address(name));
}

// What comes, how large it is, and whether this browser has it already.
async function announce(name, names) {
  const bytes = names.reduce((sum, file) => sum + files[file].size, 0);
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
  unpack(await bring(file));
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

// What a cell reads at once. No digest is computed at once, so the length has to do.
function read(name) {
  const { whole } = files[name];
  let bytes;
  for (const kept of [true, false]) { // by this browser's own cache
    const request = new XMLHttpRequest();
    request.open("GET", address(name), false);
    request.responseType = "arraybuffer";
    request.timeout = 10_000 * runPatience; // for all of it: no byte is told before
    if (!kept) request.setRequestHeader("Cache-Control", "no-cache");
    try {
      request.send();
    } catch { /* then there is no response */ }
    bytes = new Uint8Array(request.response ?? 0);
    if (bytes.length === whole) return bytes;
  }
  lost = new Error(`${name} did not arrive: only ${bytes.length} of ${whole} bytes arrived`);
  throw new python.FS.ErrnoError(29); // EIO
}

// Large data stays on the host until a cell reads it.
function leave([path, name]) {
  const cut = path.lastIndexOf("/");
  const folder = `${packages}/${path.slice(0, cut)}`;
  python.FS.mkdirTree(folder);
  const node = python.FS.createFile(folder, path.slice(cut + 1), {}, true, false);
  let bytes;
  node.usedBytes = files[name].whole;
  Object.defineProperty(node, "contents", { get: () => bytes ??= read(name) });
}

async function start() {
  const began = performance.now();
  await announce("Python", first);
  const coming = first.map(bring);
  hand(...coming);
  Promise.all(coming).then(() => tell("starts"), () => {});
  const boot = async () => {
    const [{ loadPyodide }, core] = await Promise.all(scripts.map(load));
    return loadPyodide({
      createPyodideModule: core.default,
      indexURL: home,
      // With none of its own packages to look for, it never asks another host.
      packageBaseUrl: home,
      lockFileContents: { info: platform, packages: {} },
    });
  };
  // Together, since Pyodide waits for ever for a file of its own that fails.
  let archives;
  [python, , , ...archives] = await Promise.all([boot(), ...coming]);
  archives.forEach(unpack);
  Object.entries(later).forEach(leave);
  kernel = python.pyimport("kernel");
  tell("ready", { seconds: (performance.now() - began) / 1000 });
}

async function run({ id, name, source, exercise, file }) {
  if (file) python.FS.writeFile("/tmp/given", new Uint8Array(await file.arrayBuffer()));
  for (const tried = new Set();;) {
    const missing = kernel.wanted(source);
    if (!(`${missing}.tar.gz` in files) || tried.has(missing)) break;
    tried.add(missing);
    await add(missing);
  }
  tell("runs", { id });
  const began = performance.now();
  const post = (outputs) => tell("outputs", { id, outputs: JSON.parse(outputs) });
  const outputs = JSON.parse(kernel.run(name, source, post));
  if (lost) throw lost;
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
