/* The files of the models, in the format GGUF: what is in them. */

import { BLOCK, Llama } from "./llama.js";
import { BYTES, Memory } from "./products.js";
import { Tokenizer } from "./tokenizer.js";

// What is read here: a Llama with SmolLM2's tokens.
const KIND = {
  "general.architecture": "llama",
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "smollm",
};

const fail = (text) => {
  throw new Error(text);
};

// A model from the parts of its GGUF file as they come, with the kernel's bytes or without.
// `most` bounds its context, and `check` may refuse the file.
export const load = async (parts, kernel, { size = 0, most = Infinity, check } = {}) => {
  const memory = await Memory.open(kernel, size);
  for await (const part of parts) memory.append(part);
  await check?.(memory.bytes);
  return makeModel(memory, most);
};

const makeModel = (memory, most) => {
  const { keys, tensors } = readFile(memory.bytes), all = Object.values(tensors);
  const value = (name) => keys[name] ?? fail(`The model’s file does not say its ${name}.`);
  const take = (part) => {
    const name = `${part}.weight`, tensor = tensors[name];
    delete tensors[name];
    return tensor ?? fail(`The model’s file has no ${name}.`);
  };
  const block = (_, i) => Object.fromEntries(BLOCK.map((part) => [part, take(`blk.${i}.${part}`)]));
  for (const [name, kind] of Object.entries(KIND)) {
    if (value(name) !== kind) fail(`The model’s ${name} is not supported here: ${value(name)}.`);
  }
  const model = new Llama(memory, {
    tokenizer: new Tokenizer(value("tokenizer.ggml.tokens"), value("tokenizer.ggml.merges")),
    context: Math.min(value("llama.context_length"), most),
    head: value("llama.rope.dimension_count"),
    base: value("llama.rope.freq_base"),
    epsilon: value("llama.attention.layer_norm_rms_epsilon"),
    embedding: take("token_embd"),
    blocks: Array.from({ length: value("llama.block_count") }, block),
    outputNorm: take("output_norm"),
    parameters: all.reduce((sum, { shape: [n, rows] }) => sum + n * rows, 0),
  });
  // What is not used would be missed.
  const scaling = Object.keys(keys).filter((key) => key.includes("rope.scaling"));
  const [left] = [...Object.keys(tensors), ...scaling];
  return left ? fail(`The model’s file has ${left}, which is not supported here.`) : model;
};

// What a file says of itself, and where in its memory each tensor is.
export const readFile = (bytes) => {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "GGUF") fail("This is not a GGUF file.");
  const keys = {}, tensors = {}, file = new Reader(bytes);
  try {
    const [count, more] = file.list("BigUint64", 2);
    for (let i = 0; i < more; i++) keys[file.read("Text")] = file.read(KINDS[file.read("Uint32")]);
    for (let i = 0; i < count; i++) {
      const name = file.read("Text"), shape = file.list("BigUint64", file.read("Uint32"));
      tensors[name] = { shape, type: file.read("Uint32"), at: file.read("BigUint64") };
    }
  } catch {
    fail("The model’s file ends too early.");
  }
  const align = keys["general.alignment"] ?? 32, data = align * Math.ceil(file.at / align);
  for (const [name, tensor] of Object.entries(tensors)) place(name, tensor, bytes, data);
  return { keys, tensors };
};

// A tensor's rows: where the first begins, and how many bytes the next is further on.
const place = (name, tensor, bytes, data) => {
  const { shape, type } = tensor, [n, rows = 1] = shape;
  if (!BYTES[type] || n % 32 || rows % 2 && rows > 1) {
    fail(`The tensor ${name} is of type ${type} and shape ${shape}, which is not supported here.`);
  }
  const at = data + tensor.at, stride = n / 32 * BYTES[type];
  if (at + rows * stride > bytes.length) fail("The model’s file ends too early.");
  Object.assign(tensor, { shape: [n, rows], at: bytes.byteOffset + at, stride });
};

// The kinds of a value as GGUF numbers them; of a number, by a DataView's name.
const KINDS =
  "Uint8 Int8 Uint16 Int16 Uint32 Int32 Float32 Bool Text List BigUint64 BigInt64 Float64"
    .split(" ");

// Reads a file from its ninth byte on.
class Reader {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    Object.assign(this, { bytes, view, at: 8, decoder: new TextDecoder() });
  }

  read(kind) {
    if (kind === "Bool") return this.read("Uint8") !== 0;
    if (kind === "Text") return this.text(this.read("BigUint64"));
    if (kind === "List") return this.list(KINDS[this.read("Uint32")], this.read("BigUint64"));
    const from = this.skip(kind.replace(/\D+/, "") / 8);
    return Number(this.view[`get${kind}`](from, true));
  }

  text(length) {
    const from = this.skip(length);
    return this.decoder.decode(this.bytes.subarray(from, this.at));
  }

  list(kind, length) {
    return Array.from({ length }, () => this.read(kind));
  }

  skip(length) {
    this.at += length;
    return this.at - length;
  }
}
