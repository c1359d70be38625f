import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

for (const [name, { losses, pad, ...right }] of Object.entries(golden("averages"))) {
  test(`${name}`, () => {
    for (const kind of ["sequence", "token", "means", "padded"]) {
      const { value, weight, pads } = xent.average(losses, kind, pad);
      close(value, right[kind], relative);
      const sums = losses.map((list, k) => list.reduce((a, b) => a + b, 0) + pads[k] * pad);
      close(sums.reduce((all, x, k) => all + weight[k] * x, 0), right[kind], relative);
    }
  });
}
