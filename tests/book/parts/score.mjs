// The tokens of some texts, their losses and pieces, as the page has them. Run by the tests.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [path, kernel, texts] = process.argv.slice(2);
const live = (name) => readFileSync(new URL(`../../../xent_book/model/${name}`, import.meta.url));
runInThisContext(live("llama.js").toString());
const model = await runInThisContext("llama").open(
  [readFileSync(path)],
  kernel ? live(kernel) : null,
  512,
);
const scored = [];
for (const text of JSON.parse(texts)) {
  const { tokens } = await model.score(text), each = (name) => tokens.map((token) => token[name]);
  scored.push([[0, ...model.tokenizer.encode(text)], each("loss"), each("piece")]);
}
console.log(JSON.stringify(scored));
