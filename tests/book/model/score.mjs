// The tokens of some texts, their losses and pieces, as the page has them. Run by the tests.
import { readFileSync } from "node:fs";
import { Scorer } from "../../../xent_book/model/scoring.js";
import { load } from "../../../xent_book/model/weights.js";

const [path, name, texts] = process.argv.slice(2);
const kernel = name && readFileSync(new URL(`../../../xent_book/model/${name}`, import.meta.url));
const scorer = new Scorer(await load([readFileSync(path)], kernel, { most: 512 }));
const scored = [];
for (const text of JSON.parse(texts)) {
  const { tokens } = await scorer.score(text), each = (name) => tokens.map((token) => token[name]);
  scored.push([scorer.model.encode(text), each("loss"), each("piece")]);
}
console.log(JSON.stringify(scored));
