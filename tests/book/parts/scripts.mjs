// The scripts of the live parts, and what they are held to.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

// What the scripts ask of a browser before they do anything.
Object.assign(globalThis, {
  HTMLElement: class {},
  customElements: { define() {} },
  location: {},
  document: { currentScript: { src: "file:///" }, querySelector() {}, addEventListener() {} },
});
const folder = new URL("../../../xent_book/parts/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const parts = readdirSync(folder).map((name) => `${name}/${name}.js`);
for (const file of ["live.js", ...parts.filter((file) => existsSync(new URL(file, folder)))]) {
  runInThisContext(read(file), file);
}
export const xent = runInThisContext("xent");
export const golden = (part) => JSON.parse(read(`${part}/golden.json`));

export const close = (found, expected, floor) => {
  if (Array.isArray(expected)) {
    assert.equal(found.length, expected.length);
    return expected.forEach((x, i) => close(found[i], x, floor));
  }
  const room = 1e-12 * Math.max(Math.abs(expected), floor);
  assert.ok(Math.abs(found - expected) <= room, `${found} is not ${expected}`);
};
export const relative = 1e-288; // below, a double has fewer digits
export const absolute = 1; // logits, which have no scale of their own
