import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

for (const [name, { text, losses, floor, ...how }] of Object.entries(golden("letters"))) {
  test(`${name}`, () => {
    const learner = new xent.Learner({ counts: xent.countsOf(xent.signs(text)), ...how });
    for (let i = 1; i < losses.length; i++) learner.step();
    close(learner.losses, losses, relative);
    close(learner.floor(), floor, relative);
  });
}

test("what isn’t a letter is a space, and accents are left out", () => {
  assert.equal(xent.signs("Élève, 12 ÅÄÖ!"), " eleve aao ");
});
