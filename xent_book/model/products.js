/* The product that a language model is made of, y = W x for many x, and the memory where the
   weights lie as in their file: by kernel.c, or by the same in JavaScript. */

export const F32 = 0, Q4_1 = 3, Q8_0 = 8; // as GGUF numbers them
export const BYTES = { [F32]: 128, [Q4_1]: 20, [Q8_0]: 34 }; // of 32 weights
const PAGE = 65_536; // bytes, as a memory grows
const START = PAGE; // below is the kernel's own

export const four = (n) => (n + 3) & ~3; // the kernel takes vectors by fours

export class Memory {
  // With the kernel's bytes, or without. It is as large from the start as is known.
  static async open(kernel, size = 0) {
    const pages = Math.ceil((START + size) / PAGE);
    try {
      const memory = new WebAssembly.Memory({ initial: pages });
      const { instance } = await WebAssembly.instantiate(kernel, { env: { memory } });
      return new Memory(memory, instance.exports.matmul);
    } catch {
      const memory = withoutWebAssembly(PAGE * pages);
      return new Memory(memory, matmul(memory));
    }
  }

  constructor(memory, matmul) {
    Object.assign(this, { memory, matmul, end: START });
  }

  get buffer() {
    return this.memory.buffer;
  }

  // What was appended so far.
  get bytes() {
    return new Uint8Array(this.buffer, START, this.end - START);
  }

  append(part) {
    const at = this.end;
    this.reach(at + part.length);
    new Uint8Array(this.buffer).set(part, at);
  }

  // Places for so many numbers of each name. They are the last: who grows takes them away.
  floats(counts) {
    const places = Object.entries(counts).map(([name, n]) => {
      const at = 16 * Math.ceil(this.end / 16);
      this.end = at + 4 * n;
      return [name, at, n];
    });
    this.reach(this.end);
    return Object.fromEntries(
      places.map(([name, at, n]) => [name, new Float32Array(this.buffer, at, n)]),
    );
  }

  // To grow may be to copy all.
  reach(end) {
    const missing = end - this.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.end = end;
  }

  // y[t] = W x[t] for so many vectors, W with a row an output.
  multiply({ at, stride, type, shape: [n, rows] }, x, times, y) {
    const [from, to, room] = [x, y, this.room].map(({ byteOffset }) => byteOffset);
    this.matmul(at, stride, type, n, rows, from, four(times), to, room);
  }

  // A row of W, as numbers.
  row({ at, stride, type, shape: [n] }, i = 0) {
    return unpack(this.buffer, at + i * stride, type, new Float32Array(n));
  }
}

const withoutWebAssembly = (size) => ({
  buffer: new ArrayBuffer(size),
  grow(pages) {
    const bytes = new Uint8Array(this.buffer);
    this.buffer = new ArrayBuffer(bytes.length + PAGE * pages);
    new Uint8Array(this.buffer).set(bytes);
  },
});

// kernel.c in JavaScript, several times slower, for a browser without WebAssembly or its SIMD.
const matmul = (memory) => (w, stride, type, n, rows, x, times, y) => {
  const { buffer } = memory, own = new Float32Array(n);
  const X = new Float32Array(buffer, x, times * n), Y = new Float32Array(buffer, y, times * rows);
  for (let o = 0; o < rows; o++, w += stride) {
    const row = unpack(buffer, w, type, own);
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

// A row of weights. Q4_1: 32 of them are d, m, and 16 bytes, the low halves before the high ones,
// each q for a weight d·q + m. Q8_0: d, and 32 bytes with a sign.
const unpack = (buffer, at, type, row) => {
  if (type === F32) return new Float32Array(buffer, at, row.length);
  const bytes = new Uint8Array(buffer);
  for (let to = 0; to < row.length; to += 32, at += BYTES[type]) {
    const d = half(bytes, at);
    if (type === Q4_1) widen(bytes, at + 4, d, half(bytes, at + 2), row, to);
    else for (let j = 0; j < 32; j++) row[to + j] = d * (bytes[at + 2 + j] << 24 >> 24);
  }
  return row;
};

const widen = (bytes, at, d, m, row, to) => {
  for (let j = 0; j < 16; j++) {
    row[to + j] = d * (bytes[at + j] & 15) + m;
    row[to + j + 16] = d * (bytes[at + j] >> 4) + m;
  }
};

// Half precision to single; the factor sets the exponent right, that of subnormal numbers, too.
const bits = new Uint32Array(1), single = new Float32Array(bits.buffer);
const half = (bytes, at) => {
  const h = bytes[at] | bytes[at + 1] << 8;
  bits[0] = (h & 0x7fff) << 13;
  return (h & 0x8000 ? -1 : 1) * single[0] * 2 ** 112;
};
