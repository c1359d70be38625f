/* The loss of each token of a text, whatever its length, and what was expected in its place. */

import { ROWS } from "./llama.js";

const GUESSES = 5;

// Windows by half a context, each after the start token, as in xent_lib.smollm: each token is
// scored once, of the first window all, of each later one those of its last half.
export const windows = (count, size) => {
  const all = [{ begin: 0, first: 0, end: Math.min(count, size) }];
  for (let { begin, end } = all[0]; end < count;) {
    const first = end;
    begin += size / 2;
    end = Math.min(count, end + size / 2);
    all.push({ begin, first, end });
  }
  return all;
};

// −ln p of the token that came, its rank, and the best guesses with their p.
export const compare = (logits, id) => {
  const best = [];
  let least = -Infinity, rank = 1, rest = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] > logits[id]) rank++;
    if (logits[i] <= least) continue;
    best.push(i);
    best.sort((a, b) => logits[b] - logits[a]);
    if (best.length > GUESSES) best.pop();
    if (best.length === GUESSES) least = logits[best.at(-1)];
  }
  const top = logits[best[0]];
  for (let i = 0; i < logits.length; i++) if (i !== best[0]) rest += Math.exp(logits[i] - top);
  const loss = (i) => top - logits[i] + Math.log1p(rest);
  return { id, loss: loss(id), rank, best: best.map((i) => [i, Math.exp(-loss(i))]) };
};

// Scores text after text. What was read before is not read again, so that typing is cheap.
export class Scorer {
  constructor(model) {
    this.model = model;
    this.inputs = []; // the tokens whose keys and values the model keeps, and
    this.results = []; // what was found of the one after each
  }

  // Each token of a text with its −ln p; null, if the text is out of date before it is read.
  async score(text, stale = () => false) {
    const { model } = this, ids = model.encode(text), found = [];
    for (const { begin, first, end } of windows(ids.length - 1, model.context)) {
      const inputs = ids.slice(begin, end).fill(0, 0, 1), targets = ids.slice(begin + 1, end + 1);
      const scored = await this.run(inputs, targets, first - begin, stale);
      if (!scored) return null;
      found.push(...scored);
    }
    const piece = (id) => model.tokenizer.piece(id);
    const tokens = found.map(({ id, best, ...rest }) => ({
      ...rest,
      piece: piece(id),
      best: best.map(([guess, p]) => [piece(guess), p]),
    }));
    const bytes = new TextEncoder().encode(text).length;
    return { tokens, bytes, window: tokens.length > model.context && model.context };
  }

  // A window: what is found of the targets after its inputs, from the first to score on.
  async run(inputs, targets, first, stale) {
    let at = this.known(inputs, targets, first);
    this.inputs.length = this.results.length = at;
    while (at < inputs.length) {
      await new Promise((done) => setTimeout(done)); // a newer text may come in
      if (stale()) return null;
      const block = inputs.slice(at, at + ROWS);
      this.results.push(...this.read(block, targets, at, first));
      this.inputs.push(...block);
      at += block.length;
    }
    return this.results.slice(first);
  }

  // How many of the inputs are kept, with what was found after them, where that is to score.
  known(inputs, targets, first) {
    let at = 0;
    const found = () => at < first || this.results[at]?.id === targets[at];
    while (at < inputs.length && this.inputs[at] === inputs[at] && found()) at++;
    return at;
  }

  // What is found of the targets after these inputs, the first of them at the place `at`.
  read(inputs, targets, at, first) {
    const { model } = this, last = at + inputs.length - 1;
    model.hidden(inputs, at);
    const logits = last < first ? [] : model.logits(inputs.length);
    return inputs.map((_, t) => at + t < first ? null : compare(logits[t], targets[at + t]));
  }
}
