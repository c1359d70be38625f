/* What the page says to its model, and what it hears: see sentence.js. First comes the name of
   the model's file, then texts, each with whose it is: one is read at a time, and of what is
   asked meanwhile the latest. */

import { Scorer } from "./scoring.js";
import { load } from "./weights.js";

const MOST = 512; // tokens: a page has no room for more
const waiting = new Map();
let scorer, busy = false;

onmessage = ({ data }) => {
  if (data.file) return begin(data).catch(tell);
  waiting.set(data.from, data.text);
  work();
};

const tell = ({ message }) => postMessage({ error: message });

const begin = async ({ file, size, sha256 }) => {
  const response = fetch(new URL("kernel.wasm", import.meta.url));
  const kernel = await response.then((found) => found.arrayBuffer()).catch(() => null);
  const check = (bytes) => verify(bytes, sha256);
  const model = await load(download(file, size), kernel, { size, most: MOST, check });
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
    const answer = await scorer.score(text, () => waiting.has(from)).catch(tell);
    if (answer) postMessage({ from, text, ...answer });
  }
  busy = false;
};

async function* download(file, size) {
  let got = 0, response;
  try {
    response = await fetch(file);
    const reader = response.body.getReader();
    for (let part; response.ok && (part = (await reader.read()).value); postMessage({ got })) {
      yield part;
      got += part.length;
    }
  } catch {
    throw new Error("The network failed.");
  }
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  if (size && got !== size) throw new Error(`Of ${size} bytes ${got} came.`);
}

// Browsers have crypto.subtle on pages that came by https or from this computer alone.
const verify = async (bytes, sha256) => {
  if (!sha256 || !self.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) throw new Error("The file is not the one that was published.");
};
