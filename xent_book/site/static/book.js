"use strict";
// Paper is light, whatever the screen's theme.
const { dataset } = document.documentElement;
let theme;
addEventListener("beforeprint", () => {
  theme = dataset.theme;
  dataset.theme = "light";
});
addEventListener("afterprint", () => {
  dataset.theme = theme;
});
