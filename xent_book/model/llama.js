/* A language model of the Llama family, read from its GGUF file: the tokens of a text, and
   how surprised the model is by each. It runs in a worker, beside the page: see sentence.js. */
const llama = (() => {
  "use strict";

  const F32 = 0, Q4_1 = 3, Q8_0 = 8; // as GGUF numbers them
  const BYTES = { [F32]: 128, [Q4_1]: 20, [Q8_0]: 34 }; // of 32 weights
  const BLOCK = 32; // positions that go through the model together
  const GUESSES = 5;
  const PAGE = 65_536; // bytes, as a memory grows
  const START = PAGE; // where in the memory the file begins: below is the kernel's own
  const fail = (text) => {
    throw new Error(text);
  };
  const four = (n) => (n + 3) & ~3; // the kernel takes vectors by fours

  // What a file says of itself, and where in it each tensor is.
  const readFile = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      decoder = new TextDecoder();
    let at = 0;
    const move = (n) => (at += n) - n;
    const u32 = () => view.getUint32(move(4), true),
      u64 = () => Number(view.getBigUint64(move(8), true));
    const text = () => {
      const n = u64(), from = move(n);
      return decoder.decode(bytes.subarray(from, at));
    };
    const list = () => {
      const kind = u32();
      return Array.from({ length: u64() }, () => value(kind));
    };
    const kinds = [
      () => view.getUint8(move(1)),
      () => view.getInt8(move(1)),
      () => view.getUint16(move(2), true),
      () => view.getInt16(move(2), true),
      u32,
      () => view.getInt32(move(4), true),
      () => view.getFloat32(move(4), true),
      () => !!view.getUint8(move(1)),
      text,
      list,
      u64,
      () => Number(view.getBigInt64(move(8), true)),
      () => view.getFloat64(move(8), true),
    ];
    const value = (kind) => kinds[kind]();
    if (String.fromCharCode(...bytes.subarray(0, 4)) !== "GGUF") fail("This is no GGUF file.");
    const keys = {}, tensors = {};
    try {
      at = 8;
      const count = u64();
      for (let left = u64(); left; left--) {
        const key = text();
        keys[key] = value(u32());
      }
      for (let left = count; left; left--) {
        const name = text(), shape = Array.from({ length: u32() }, u64);
        tensors[name] = { shape, type: u32(), at: u64() };
      }
    } catch {
      fail("The model’s file ends too early.");
    }
    const align = keys["general.alignment"] ?? 32, data = Math.ceil(at / align) * align;
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape: [n, rows = 1], type } = tensor;
      if (!BYTES[type] || n % 32 || rows % 2 && rows > 1) {
        fail(
          `The tensor ${name} is of type ${type} and shape ${tensor.shape}, which is not read here.`,
        );
      }
      tensor.stride = n / 32 * BYTES[type];
      tensor.at += data;
      if (tensor.at + rows * tensor.stride > bytes.length) fail("The model’s file ends too early.");
    }
    return { keys, tensors };
  };

  // What White_Space is does not depend on the language, unlike \s; digits stand alone.
  const WORDS =
    /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?![^\p{White_Space}\p{N}])|\p{White_Space}+/gu;
  const words = (text) => text.match(WORDS) ?? [];

  // Byte-level byte-pair encoding: bytes are written as characters that can be seen.
  class Tokenizer {
    constructor(keys) {
      if (keys["tokenizer.ggml.model"] !== "gpt2") fail("The model’s tokenizer is not read here.");
      this.tokens = keys["tokenizer.ggml.tokens"];
      this.ids = new Map(this.tokens.map((token, i) => [token, i]));
      this.ranks = new Map(keys["tokenizer.ggml.merges"].map((pair, i) => [pair, i]));
      let more = 256;
      this.letters = Array.from(
        { length: 256 },
        (_, b) => String.fromCharCode(b > 32 && b < 127 || b > 160 && b !== 173 ? b : more++),
      );
      this.bytes = new Map(this.letters.map((letter, b) => [letter, b]));
    }

    encode(text) {
      const bytes = new TextEncoder();
      return words(text).flatMap((word) =>
        this.merge(Array.from(bytes.encode(word), (b) => this.letters[b]))
      );
    }

    // The pair that was learned first is joined first, wherever it stands.
    merge(parts) {
      for (;;) {
        const ranks = parts.slice(1).map((part, i) =>
          this.ranks.get(`${parts[i]} ${part}`) ?? Infinity
        );
        const least = ranks.reduce((a, b) => Math.min(a, b), Infinity);
        if (least === Infinity) break;
        const joined = [];
        for (let i = 0; i < parts.length; i++) {
          joined.push(ranks[i] === least ? parts[i] + parts[++i] : parts[i]);
        }
        parts = joined;
      }
      // A few control characters have no token: they are left out, as llama.cpp does.
      return parts.map((part) => this.ids.get(part)).filter((id) => id !== undefined);
    }

    // A token as text; one that is not of whole characters, as its bytes.
    piece(id) {
      const bytes = Uint8Array.from(this.tokens[id], (letter) => this.bytes.get(letter) ?? 63);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        return `‹${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ")}›`;
      }
    }
  }

  // Longer texts go through in windows by half a context, each after the start token, as in
  // scoring.py: each token is scored once, the first window's all, of each later one those of its last half.
  const windows = (count, size) => {
    const all = [{ begin: 0, first: 0, end: Math.min(count, size) }];
    for (let last = all[0]; last.end < count; all.push(last)) {
      last = {
        begin: last.begin + size / 2,
        first: last.end,
        end: Math.min(count, last.end + size / 2),
      };
    }
    return all;
  };

  const bits = new Uint32Array(1), single = new Float32Array(bits.buffer);
  const half = (h) => {
    bits[0] = (h & 0x7fff) << 13;
    return (h & 0x8000 ? -1 : 1) * single[0] * 2 ** 112;
  };

  // A row of weights: see kernel.c.
  const unpack = (bytes, at, type, row) => {
    if (type === F32) return new Float32Array(bytes.buffer, bytes.byteOffset + at, row.length);
    const number = () => half(bytes[at++] | bytes[at++] << 8);
    for (let to = 0; to < row.length; to += 32) {
      const d = number(), m = type === Q4_1 ? number() : 0;
      if (type === Q4_1) {
        for (let j = to; j < to + 16; j++, at++) {
          row[j] = d * (bytes[at] & 15) + m;
          row[j + 16] = d * (bytes[at] >> 4) + m;
        }
      } else for (let j = to; j < to + 32; j++, at++) row[j] = d * (bytes[at] << 24 >> 24);
    }
    return row;
  };

  // kernel.c in JavaScript, several times slower, for a browser without WebAssembly or its SIMD.
  const plain = (memory) => (w, stride, type, n, rows, x, times, y) => {
    const { buffer } = memory, bytes = new Uint8Array(buffer), own = new Float32Array(n);
    const X = new Float32Array(buffer, x, times * n), Y = new Float32Array(buffer, y, times * rows);
    for (let o = 0; o < rows; o++, w += stride) {
      const row = unpack(bytes, w, type, own);
      for (let t = 0; t < times; t += 4) {
        let a = 0, b = 0, c = 0, d = 0;
        for (let i = 0, j = t * n; i < n; i++, j++) {
          const r = row[i];
          a += r * X[j];
          b += r * X[j + n];
          c += r * X[j + 2 * n];
          d += r * X[j + 3 * n];
        }
        [a, b, c, d].forEach((sum, k) => (Y[(t + k) * rows + o] = sum));
      }
    }
  };

  const withoutWebAssembly = (size) => ({
    buffer: new ArrayBuffer(size),
    grow(pages) {
      const bytes = new Uint8Array(this.buffer);
      this.buffer = new ArrayBuffer(bytes.length + PAGE * pages);
      new Uint8Array(this.buffer).set(bytes);
    },
  });

  // A memory grows only where it must: to grow may be to copy it.
  const reach = (memory, end) => {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  };

  // A model from the parts of its file as they come, with the kernel's bytes or without. `most`
  // bounds its window; where the size is known, the memory is as large from the start.
  const open = async (parts, kernel, most = Infinity, size = 0, check = () => {}) => {
    const pages = Math.ceil((START + size) / PAGE);
    let memory, matmul, end = START;
    try {
      memory = new WebAssembly.Memory({ initial: pages });
      ({ instance: { exports: { matmul } } } = await WebAssembly.instantiate(kernel, {
        env: { memory },
      }));
    } catch {
      memory = withoutWebAssembly(PAGE * pages);
      matmul = plain(memory);
    }
    for await (const part of parts) {
      reach(memory, end + part.length);
      new Uint8Array(memory.buffer).set(part, end);
      end += part.length;
    }
    await check(new Uint8Array(memory.buffer, START, end - START));
    return new Llama(memory, matmul, end - START, most);
  };

  // The softmax of a row, in place; what comes after its first n numbers is later, and has no weight.
  const softmax = (row, n, scale) => {
    let top = -Infinity, sum = 0;
    for (let i = 0; i < n; i++) if (row[i] > top) top = row[i];
    for (let i = 0; i < n; i++) sum += row[i] = Math.exp((row[i] - top) * scale);
    for (let i = 0; i < n; i++) row[i] /= sum;
    row.fill(0, n);
  };

  // −ln p of the token that came, its rank, and the best guesses with their p.
  const judge = (logits, id) => {
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
    const surprise = (i) => top - logits[i] + Math.log1p(rest);
    return { id, loss: surprise(id), rank, best: best.map((i) => [i, Math.exp(-surprise(i))]) };
  };

  // What is not used would be missed.
  const TENSORS =
    /^(token_embd|output_norm|blk\.\d+\.(attn_(norm|q|k|v|output)|ffn_(norm|gate|up|down)))\.weight$/;

  class Llama {
    constructor(memory, matmul, size, most) {
      const { keys, tensors } = readFile(new Uint8Array(memory.buffer, START, size));
      if (keys["general.architecture"] !== "llama") {
        fail(`The model is of the kind ${keys["general.architecture"]}, which is not read here.`);
      }
      if (keys["tokenizer.ggml.pre"] !== "smollm") {
        fail("The model’s text is split in a way that is not read here.");
      }
      const odd = Object.keys(tensors).find((name) => !TENSORS.test(name)) ??
        Object.keys(keys).find((key) => key.includes("rope.scaling"));
      if (odd) fail(`The model’s file has ${odd}, which is not read here.`);
      const of = (name) =>
        keys[`llama.${name}`] ?? fail(`The model’s file does not say its ${name}.`);
      this.tokenizer = new Tokenizer(keys);
      const V = this.tokenizer.tokens.length,
        L = of("block_count"),
        D = of("embedding_length"),
        F = of("feed_forward_length");
      const H = of("attention.head_count"),
        K = of("attention.head_count_kv"),
        d = of("rope.dimension_count");
      const C = Math.min(of("context_length"), most),
        epsilon = of("attention.layer_norm_rms_epsilon"),
        base = of("rope.freq_base");
      Object.assign(this, { memory, matmul, tensors, V, L, D, F, H, K, d, C, epsilon });
      // Each vector of a block has its place, and so have the keys and values of all positions.
      const sizes = {
        x: BLOCK * D,
        h: BLOCK * Math.max(D, H * d),
        sum: BLOCK * D,
        q: BLOCK * H * d,
        k: BLOCK * K * d,
        v: BLOCK * K * d,
        turned: BLOCK * H * d,
        weights: H / K * BLOCK * C,
        gate: BLOCK * F,
        up: BLOCK * F,
        logits: BLOCK * V,
        room: 2 * Math.max(D, F, H * d),
        keys: L * K * C * d,
        values: L * K * d * C,
      };
      const take = (bytes) => (end += 16 * Math.ceil(bytes / 16)) - 16 * Math.ceil(bytes / 16);
      let end = START;
      take(size);
      const places = Object.entries(sizes).map(([name, n]) => [name, take(4 * n), n]);
      reach(memory, end);
      for (const [name, at, n] of places) this[name] = new Float32Array(memory.buffer, at, n);
      this.file = new Uint8Array(memory.buffer, START, size);
      const angles = Array.from(
        { length: C * d / 2 },
        (_, i) => Math.floor(2 * i / d) * base ** (-2 * (i % (d / 2)) / d),
      );
      [this.cos, this.sin] = [angles.map(Math.cos), angles.map(Math.sin)];
      this.parameters = Object.values(tensors).map(({ shape }) => shape.reduce((a, b) => a * b))
        .reduce((a, b) => a + b);
      this.inputs = []; // the tokens whose keys and values are kept, and
      this.results = []; // what was found of the one after each
    }

    tensor(name) {
      return this.tensors[name] ?? fail(`The model’s file has no ${name}.`);
    }

    multiply(name, x, times, y) {
      const { at, stride, type, shape: [n, rows] } = this.tensor(name);
      this.matmul(
        START + at,
        stride,
        type,
        n,
        rows,
        x.byteOffset,
        times,
        y.byteOffset,
        this.room.byteOffset,
      );
    }

    // h is x over its root mean square, position by position, times the gains.
    norm(name, times) {
      const { D, x, h } = this, gains = unpack(this.file, this.tensor(name).at, F32, { length: D });
      for (let t = 0; t < times; t++) {
        let sum = 0;
        for (let i = t * D; i < (t + 1) * D; i++) sum += x[i] * x[i];
        const scale = 1 / Math.sqrt(sum / D + this.epsilon);
        for (let i = 0; i < D; i++) h[t * D + i] = x[t * D + i] * scale * gains[i];
      }
    }

    // The rotary embedding: pairs of numbers turn with the position, the first ones fastest.
    turn(from, at, to, place, position) {
      const { d, cos, sin } = this;
      for (let i = 0, j = position * d / 2; i < d; i += 2, j++) {
        const a = from[at + i], b = from[at + i + 1];
        to[place + i] = a * cos[j] - b * sin[j];
        to[place + i + 1] = a * sin[j] + b * cos[j];
      }
    }

    // Each head looks back from each position; some of them share their keys and values.
    attend(layer, start, times, padded) {
      const { H, K, d, C, h, q, k, v, turned, weights, keys, values, room } = this,
        seen = four(start + times),
        rows = H / K * padded;
      for (let t = 0; t < times; t++) {
        for (let n = 0; n < H; n++) {
          this.turn(q, (t * H + n) * d, turned, (n * padded + t) * d, start + t);
        }
        for (let g = 0; g < K; g++) {
          this.turn(k, (t * K + g) * d, keys, ((layer * K + g) * C + start + t) * d, start + t);
          for (let i = 0; i < d; i++) {
            values[((layer * K + g) * d + i) * C + start + t] = v[(t * K + g) * d + i];
          }
        }
      }
      for (let g = 0; g < K; g++) {
        const at = 4 * (layer * K + g) * C * d, heads = turned.byteOffset + 4 * g * rows * d;
        this.matmul(
          keys.byteOffset + at,
          4 * d,
          F32,
          d,
          seen,
          heads,
          rows,
          weights.byteOffset,
          room.byteOffset,
        );
        for (let r = 0; r < rows; r++) {
          softmax(
            weights.subarray(r * seen, (r + 1) * seen),
            Math.min(start + r % padded + 1, seen),
            1 / Math.sqrt(d),
          );
        }
        this.matmul(
          values.byteOffset + at,
          4 * C,
          F32,
          seen,
          d,
          weights.byteOffset,
          rows,
          heads,
          room.byteOffset,
        );
      }
      for (let t = 0; t < times; t++) {
        for (let n = 0; n < H; n++) {
          const from = (n * padded + t) * d;
          h.set(turned.subarray(from, from + d), (t * H + n) * d);
        }
      }
    }

    // These tokens through all layers, the first at position `start`: x is what comes out.
    read(ids, start) {
      const { L, D, F, x, h, q, k, v, sum, gate, up } = this,
        times = ids.length,
        padded = four(times);
      const { at, stride, type } = this.tensor("token_embd.weight");
      const add = () => {
        for (let i = 0; i < times * D; i++) x[i] += sum[i];
      };
      ids.forEach((id, t) =>
        x.set(unpack(this.file, at + id * stride, type, new Float32Array(D)), t * D)
      );
      for (let layer = 0; layer < L; layer++) {
        const name = (part) => `blk.${layer}.${part}.weight`;
        this.norm(name("attn_norm"), times);
        [["attn_q", q], ["attn_k", k], ["attn_v", v]].forEach(([part, y]) =>
          this.multiply(name(part), h, padded, y)
        );
        this.attend(layer, start, times, padded);
        this.multiply(name("attn_output"), h, padded, sum);
        add();
        this.norm(name("ffn_norm"), times);
        [["ffn_gate", gate], ["ffn_up", up]].forEach(([part, y]) =>
          this.multiply(name(part), h, padded, y)
        );
        for (let i = 0; i < times * F; i++) gate[i] *= up[i] / (1 + Math.exp(-gate[i]));
        this.multiply(name("ffn_down"), gate, padded, sum);
        add();
      }
    }

    // What follows these tokens, by x: the logits of all V.
    predict(times) {
      this.norm("output_norm.weight", times);
      this.multiply("token_embd.weight", this.h, four(times), this.logits);
    }

    // Each token of a text with its −ln p. What was read before is not read again, so that typing is
    // cheap; null, if the text is out of date before it is read.
    async score(text, stale = () => false) {
      const { V, tokenizer } = this, ids = [0, ...tokenizer.encode(text)], found = [];
      for (const { begin, first, end } of windows(ids.length - 1, this.C)) {
        const inputs = ids.slice(begin, end).fill(0, 0, 1), scored = (i) => begin + i >= first;
        let at = 0;
        while (
          at < inputs.length && this.inputs[at] === inputs[at] &&
          (!scored(at) || this.results[at]?.id === ids[begin + at + 1])
        ) at++;
        this.inputs.length = this.results.length = at;
        for (let block; (block = inputs.slice(at, at + BLOCK)).length; at += block.length) {
          await new Promise((done) => setTimeout(done)); // a newer text may come in
          if (stale()) return null;
          this.read(block, at);
          if (scored(at + block.length - 1)) this.predict(block.length);
          this.inputs.push(...block);
          block.forEach((_, t) =>
            this.results.push(
              scored(at + t)
                ? judge(this.logits.subarray(t * V, (t + 1) * V), ids[begin + at + t + 1])
                : null,
            )
          );
        }
        found.push(...this.results.slice(first - begin));
      }
      const tokens = found.map(({ id, loss, rank, best }) => ({
        piece: tokenizer.piece(id),
        loss,
        rank,
        best: best.map(([i, p]) => [tokenizer.piece(i), p]),
      }));
      return {
        tokens,
        bytes: new TextEncoder().encode(text).length,
        window: tokens.length > this.C && this.C,
      };
    }
  }

  return { Tokenizer, open, readFile, windows, words };
})();

// In the worker. The page sends the name of a model’s file, then texts, each with whose it is: one is read at
// a time, and of what is asked meanwhile the latest.
if (typeof importScripts === "function") {
  const waiting = new Map();
  let model, busy = false;

  async function* download({ file, size }) {
    let got = 0, response;
    try {
      response = await fetch(new URL(file, location));
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

  // Browsers have crypto.subtle on pages that came by https or from this computer, and on no others.
  const check = async (bytes, sha256) => {
    if (!sha256 || !self.crypto?.subtle) return;
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    if (Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("") !== sha256) {
      throw new Error("The file is not the one that was published.");
    }
  };

  const MOST = 512; // positions: a page has no room for more
  const load = async (from) => {
    const kernel = await fetch(new URL("kernel.wasm", location)).then((response) =>
      response.arrayBuffer()
    ).catch(() => null);
    model = await llama.open(
      download(from),
      kernel,
      MOST,
      from.size,
      (bytes) => check(bytes, from.sha256),
    );
    postMessage({ ready: true, parameters: model.parameters });
    work();
  };

  const work = async () => {
    if (busy || !model) return;
    busy = true;
    for (const [from, text] of waiting) {
      waiting.delete(from);
      const answer = await model.score(text, () => waiting.has(from)).catch(({ message }) =>
        postMessage({ error: message })
      );
      if (answer) postMessage({ from, text, ...answer });
    }
    busy = false;
  };

  onmessage = ({ data }) => {
    if (data.file) return load(data).catch(({ message }) => postMessage({ error: message }));
    waiting.set(data.from, data.text);
    work();
  };
}
