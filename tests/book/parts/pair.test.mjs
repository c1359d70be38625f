import { test } from "node:test";
import { absolute, close, golden, xent } from "./scripts.mjs";

const roles = { chosen: 0, rejected: 3, beta: 0.1 };

for (const [name, { fixed, training, ...exact }] of Object.entries(golden("pair"))) {
  test(name, () => {
    const found = xent.compare({ fixed, training, ...roles });
    for (const key of Object.keys(exact)) close(found[key], exact[key], absolute);
  });
}
