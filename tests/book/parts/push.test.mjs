import { test } from "node:test";
import { absolute, close, golden, relative, xent } from "./scripts.mjs";

for (const [name, { logits, target, size, steps }] of Object.entries(golden("push"))) {
  test(name, () => {
    let o = logits;
    steps.forEach(({ push, to }, i) => {
      // A later step starts from logits that were rounded.
      close(xent.evaluate(o, target).gradient.map((x) => -x), push, i ? absolute : relative);
      o = xent.stepped(o, target, size);
      close(o, to, absolute);
    });
  });
}
