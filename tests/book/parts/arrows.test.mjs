import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

for (const [name, { target, size, losses }] of Object.entries(golden("arrows"))) {
  test(`${name}`, () => {
    let arrows = { h: [2, 1], tokens: [[1.5, 0.2], [0.2, 0.6], [-0.5, 0.5], [0.8, 0.9]] };
    for (const right of losses) {
      const o = arrows.tokens.map(([x, y]) => x * arrows.h[0] + y * arrows.h[1]);
      close(xent.evaluate(o, target).loss, right, relative);
      arrows = xent.learn(arrows.h, arrows.tokens, target, size);
    }
  });
}
