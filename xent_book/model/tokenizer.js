/* Text to token ids and back: the byte-pair encoding of SmolLM2. */

// What no token reaches across: English endings, words, single digits, marks, and white space,
// whose last character goes to the word after it. White_Space, unlike \s, is Unicode's own.
const PIECES = new RegExp(
  [
    "'s|'t|'re|'ve|'m|'ll|'d",
    String.raw` ?\p{L}+`,
    String.raw`\p{N}`,
    String.raw` ?[^\p{White_Space}\p{L}\p{N}]+`,
    String.raw`\p{White_Space}+(?![^\p{White_Space}\p{N}])`,
    String.raw`\p{White_Space}+`,
  ].join("|"),
  "gu",
);

export const pieces = (text) => text.match(PIECES) ?? [];

// The character that stands for each byte in the file of a tokenizer: printable ones of Latin-1
// stand for themselves, the others are counted from U+0100.
const byteCharacters = () => {
  let others = 256;
  const printable = (byte) => byte > 32 && byte < 127 || byte > 160 && byte !== 173;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(printable(byte) ? byte : others++),
  );
};

// Cuts a text into pieces, these into bytes, and joins what was learned to join.
export class Tokenizer {
  constructor(tokens, merges) {
    this.tokens = tokens;
    this.ids = new Map(tokens.map((token, id) => [token, id]));
    this.rank = new Map(merges.map((pair, i) => [pair, i]));
    this.characters = byteCharacters();
    this.bytes = new Map(this.characters.map((character, byte) => [character, byte]));
  }

  // The ids of a text. A control byte that has no token is left out, as llama.cpp does.
  encode(text) {
    return pieces(text).flatMap((piece) => this.encodePiece(piece));
  }

  // Join the two that were learned first, wherever they stand, over and over.
  encodePiece(piece) {
    let parts = Array.from(new TextEncoder().encode(piece), (byte) => this.characters[byte]);
    for (;;) {
      const pairs = parts.slice(1).map((part, i) => `${parts[i]} ${part}`);
      const ranks = pairs.map((pair) => this.rank.get(pair) ?? Infinity);
      const first = ranks.reduce((a, b) => Math.min(a, b), Infinity);
      if (first === Infinity) break;
      const joined = [];
      for (let i = 0; i < parts.length; i++) {
        joined.push(ranks[i] === first ? parts[i] + parts[++i] : parts[i]);
      }
      parts = joined;
    }
    return parts.map((part) => this.ids.get(part)).filter((id) => id !== undefined);
  }

  // A token as text; one that is not of whole characters, as its bytes.
  piece(id) {
    const bytes = Uint8Array.from(this.tokens[id], (character) => this.bytes.get(character) ?? 63);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return `‹${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}›`;
    }
  }
}
