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

// The theme keeps the place of the last page in the list of all; without one it shows this page's.
sessionStorage.removeItem("sidebar-scroll-top");

// What is installed comes from where the page does.
for (const link of document.querySelectorAll(".take pre a")) link.textContent = link.href;

// All that Sphinx's search asks of two more of its scripts: no waiting, marks, or other language.
Object.assign(globalThis, { _: String, _ready() {}, SPHINX_HIGHLIGHT_ENABLED: false });
// It comes when its dialog first opens, one script after the other.
document.getElementById("pst-search-dialog")?.addEventListener("focusin", () => {
  for (const name of ["_static/searchtools", "_static/language_data", "searchindex"]) {
    const src = `${dataset.content_root}${name}.js`;
    document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  }
}, { once: true });
