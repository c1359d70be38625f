/* What the page says to its model, and what it hears: see sentence.js. First comes the name of
   the model's file, then texts, each with whose it is: one is read at a time, and of what is
   asked meanwhile the latest. */

import { Scorer } from "./scoring.js";
import { load } from "./weights.js";

const MOST = 512; // tokens a window, and
const CHARACTERS = 1000; // of a text: a page has no room for more
const PATIENCE = 20_000; // milliseconds without a byte, until a download is given up
const waiting = new Map();
let scorer, busy = false;

onmessage = ({ data }) => {
  if (data.file) return begin(data).catch(tell);
  waiting.set(data.from, data.text);
  work();
};

const tell = ({ message }) => postMessage({ error: message });

const begin = async ({ file, size, sha256 }) => {
  const place = new URL(`../${file}`, import.meta.url); // on no other host, whatever asks
  const signal = AbortSignal.timeout(PATIENCE); // without the kernel it is slower
  const response = fetch(new URL("kernel.wasm", import.meta.url), { signal });
  const kernel = await response.then((found) => found.arrayBuffer()).catch(() => null);
  const check = (bytes) => verify(bytes, sha256);
  const model = await load(download(place, size), kernel, { size, most: MOST, check });
  scorer = new Scorer(model);
  const { parameters, V } = model;
  postMessage({ ready: true, parameters, vocabulary: V });
  work();
};

const work = async () => {
  if (busy || !scorer) return;
  busy = true;
  for (const [from, text] of waiting) {
    waiting.delete(from);
    const all = [...text], read = all.slice(0, CHARACTERS);
    const answer = await scorer.score(read.join(""), () => waiting.has(from)).catch(tell);
    if (!answer) continue;
    postMessage({ from, how: told(read.length, all.length, answer.window), ...answer });
  }
  busy = false;
};

// What of a text was read, and where it was otherwise than xent_lib.smollm reads it.
const told = (read, all, window) => {
  const large = (n) => n.toLocaleString("en");
  const cut = read < all ? `(the first ${large(read)} of ${large(all)} characters) ` : "";
  const usual = window === MOST ? "(the command xent: 2,048) " : "";
  return window ? `${cut}in windows of ${window} tokens ${usual}` : cut;
};

async function* download(file, size) {
  const stop = new AbortController();
  let got = 0, response;
  const patient = (promise) => {
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    return promise.finally(() => clearTimeout(timer));
  };
  try {
    response = await patient(fetch(file, { signal: stop.signal }));
    const reader = response.body.getReader(), more = () => patient(reader.read());
    for (let part; response.ok && (part = (await more()).value); postMessage({ got })) {
      yield part;
      got += part.length;
    }
  } catch {
    const late = `Nothing arrived for ${PATIENCE / 1000} seconds.`;
    throw new Error(stop.signal.aborted ? late : "The network failed.");
  }
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  if (size && got !== size) throw new Error(`Only ${got} of ${size} bytes arrived.`);
}

// Browsers have crypto.subtle on pages that came by https or from this computer alone.
const verify = async (bytes, sha256) => {
  if (!sha256 || !self.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) throw new Error("The file is not the one that was published.");
};
