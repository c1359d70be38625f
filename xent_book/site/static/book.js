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

// The theme has these within its tags, which a page's policy refuses.
const pressed = { "download-pdf": () => print(), fullscreen: () => toggleFullScreen() };
for (const [name, act] of Object.entries(pressed)) {
  document.querySelector(`.btn-${name}-button`)?.addEventListener("click", act);
}
