/* A Llama, the language model, from token ids to logits: llama.py of xent_lib.smollm, for one
   text. Some tokens are one matrix, a row each, and go through the same products. Attention
   looks back at the keys and the values of all places before, which are kept: what was read
   once is not read again. */

import { F32, four } from "./products.js";

export const ROWS = 32; // tokens that go through the layers together, at most

// The weights of one of the model's layers, each matrix with a row an output.
export const BLOCK = [
  "attn_norm",
  "attn_q",
  "attn_k",
  "attn_v",
  "attn_output",
  "ffn_norm",
  "ffn_gate",
  "ffn_up",
  "ffn_down",
];

export class Llama {
  // A model has a tokenizer, context, head, base, epsilon, embedding, blocks, outputNorm.
  constructor(memory, model) {
    const { context, head, base, embedding, blocks: [{ attn_q, attn_k }] } = model;
    Object.assign(this, model, { memory }, turns(context, head, base));
    [this.d, this.V] = embedding.shape;
    this.groups = attn_k.shape[1] / head; // of queries, each with its keys and values
    this.shared = attn_q.shape[1] / attn_k.shape[1]; // by so many queries
    Object.assign(this, memory.floats(places(this)));
    memory.room = this.room;
  }

  // The start token and the ids of a text, whose first is scored, too.
  encode(text) {
    return [0, ...this.tokenizer.encode(text)];
  }

  // What makes the logits after each of these tokens, the first at the place `start`: h.
  hidden(ids, start) {
    const { memory, embedding, blocks, x, d } = this, n = ids.length;
    ids.forEach((id, t) => x.set(memory.row(embedding, id), t * d));
    blocks.forEach((block, layer) => {
      this.norm(block.attn_norm, n);
      this.attention(block, layer, start, n);
      this.norm(block.ffn_norm, n);
      this.feedForward(block, n);
    });
    this.norm(this.outputNorm, n);
  }

  // The logits after each of so many tokens.
  logits(n) {
    const { memory, embedding, h, o, V } = this;
    memory.multiply(embedding, h, n, o);
    return Array.from({ length: n }, (_, t) => o.subarray(t * V, (t + 1) * V));
  }

  // h: each row of x with a mean square of 1, then stretched (RMSNorm).
  norm(gain, n) {
    const { memory, epsilon, x, h, d } = this, gains = memory.row(gain);
    for (let t = 0; t < n; t++) {
      let sum = 0;
      for (let i = t * d; i < (t + 1) * d; i++) sum += x[i] * x[i];
      const scale = 1 / Math.sqrt(sum / d + epsilon);
      for (let i = 0; i < d; i++) h[t * d + i] = x[t * d + i] * scale * gains[i];
    }
  }

  // x + W y, in the place of x.
  add(weights, y, n) {
    const { memory, x, sum, d } = this;
    memory.multiply(weights, y, n, sum);
    for (let i = 0; i < n * d; i++) x[i] += sum[i];
  }

  // Each token takes from those before it, by Formula (17) of their fit.
  attention(block, layer, start, n) {
    const { memory, groups, h, q, k, v, taken } = this;
    memory.multiply(block.attn_q, h, n, q);
    memory.multiply(block.attn_k, h, n, k);
    memory.multiply(block.attn_v, h, n, v);
    for (let group = 0; group < groups; group++) {
      const past = this.past(layer, group);
      this.keep(past, group, start, n);
      this.take(past, group, start, n);
    }
    this.add(block.attn_output, taken, n);
  }

  // What a layer keeps for a group: the keys, a row a place, and the values, a column a place.
  past(layer, group) {
    const { kept, context, head, groups } = this, size = context * head;
    const at = 2 * size * (layer * groups + group);
    return {
      keys: kept.subarray(at, at + size),
      values: kept.subarray(at + size, at + 2 * size),
    };
  }

  // The keys and the values of these tokens beside those of the tokens before.
  keep({ keys, values }, group, start, n) {
    const { context, head, groups, k, v } = this;
    for (let t = 0; t < n; t++) {
      const from = (t * groups + group) * head, place = start + t;
      this.turn(k, from, place, keys, place * head);
      for (let i = 0; i < head; i++) values[i * context + place] = v[from + i];
    }
  }

  // What each query of a group takes: Σ p · value, over its token and those before it.
  take({ keys, values }, group, start, n) {
    const { memory, context, head, groups, shared, q, queries, fit, taken } = this;
    const apart = four(n), rows = shared * apart, seen = four(start + n);
    const each = (move) => {
      for (let s = 0; s < shared; s++) {
        for (let t = 0; t < n; t++) {
          move(((t * groups + group) * shared + s) * head, (s * apart + t) * head, start + t);
        }
      }
    };
    each((at, to, place) => this.turn(q, at, place, queries, to));
    memory.multiply(matrix(keys, head, head, seen), queries, rows, fit);
    for (let r = 0; r < rows; r++) {
      const before = Math.min(start + r % apart + 1, seen);
      softmax(fit.subarray(r * seen, (r + 1) * seen), before, 1 / Math.sqrt(head));
    }
    memory.multiply(matrix(values, context, seen, head), fit, rows, queries);
    each((at, from) => taken.set(queries.subarray(from, from + head), at));
  }

  // The angle between a query and a key tells how far apart they are (RoPE).
  turn(from, at, place, to, put) {
    const { head, cos, sin } = this;
    for (let i = 0, j = place * head / 2; i < head; i += 2, j++) {
      const a = from[at + i], b = from[at + i + 1];
      to[put + i] = a * cos[j] - b * sin[j];
      to[put + i + 1] = a * sin[j] + b * cos[j];
    }
  }

  // Each token by itself: what `up` makes of it, let through by a gate (SwiGLU).
  feedForward(block, n) {
    const { memory, h, gate, up } = this;
    memory.multiply(block.ffn_gate, h, n, gate);
    memory.multiply(block.ffn_up, h, n, up);
    const size = n * block.ffn_up.shape[1];
    for (let i = 0; i < size; i++) gate[i] *= up[i] / (1 + Math.exp(-gate[i]));
    this.add(block.ffn_down, gate, n);
  }
}

// How many numbers there are of each kind, for as many tokens as go together.
const places = ({ d, V, context, head, groups, shared, blocks }) => {
  const K = groups * head, Q = K * shared, F = blocks[0].ffn_up.shape[1];
  const vectors = { x: d, h: d, sum: d, q: Q, k: K, v: K, taken: Q, gate: F, up: F, o: V };
  const each = Object.entries(vectors).map(([name, n]) => [name, ROWS * n]);
  return {
    ...Object.fromEntries(each),
    queries: ROWS * shared * head,
    fit: ROWS * shared * context,
    kept: 2 * blocks.length * K * context,
    room: 2 * Math.max(d, Q, F),
  };
};

// The place of each token as angles, slower and slower: place / base^(2 j / head).
const turns = (context, head, base) => {
  const places = Array.from({ length: context * head / 2 }, (_, i) => Math.floor(2 * i / head));
  const angles = places.map((place, i) => place * base ** (-2 * (i % (head / 2)) / head));
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
};

// Numbers as a matrix: so many rows of n, each so far from the one before.
const matrix = (numbers, apart, n, rows) => ({
  at: numbers.byteOffset,
  stride: 4 * apart,
  type: F32,
  shape: [n, rows],
});

// Formula (17) over the first n numbers of a row, in place. The others come later: their p is 0.
const softmax = (row, n, scale) => {
  let top = -Infinity, sum = 0;
  for (let i = 0; i < n; i++) if (row[i] > top) top = row[i];
  for (let i = 0; i < n; i++) sum += row[i] = Math.exp((row[i] - top) * scale);
  for (let i = 0; i < n; i++) row[i] /= sum;
  row.fill(0, n);
};
