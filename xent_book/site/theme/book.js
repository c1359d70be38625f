/* What the frame of a page does: its colours, its dialogs, and what it gives to paper. */
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const { dataset } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wide = matchMedia("(min-width: 60em)");

  // Light, dark, or as the screen is; the first press changes what is seen. Paper is light.
  const paint = () => {
    const isDark = dataset.mode === "auto" ? dark.matches : dataset.mode === "dark";
    dataset.theme = isDark ? "dark" : "light";
  };
  dark.addEventListener("change", paint);
  addEventListener("beforeprint", () => (dataset.theme = "light"));
  addEventListener("afterprint", paint);
  for (const button of all(".theme-switch-button")) {
    button.addEventListener("click", () => {
      const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
      dataset.mode = modes[(modes.indexOf(dataset.mode) + 1) % 3];
      localStorage.setItem("mode", dataset.mode);
      paint();
    });
  }

  // A press beside a dialog closes it, and so does Escape, which a search field would take.
  for (const dialog of all("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      dialog.close();
    });
  }

  // The search opens by its buttons and by Ctrl+K; on its own page the field is there.
  const dialog = document.getElementById("search-dialog");
  const field = document.querySelector(".bd-search [name=q]");
  const search = () => {
    if (dialog?.open) return dialog.close();
    dialog?.showModal();
    field.focus();
    field.select();
  };
  if (!dialog) search();
  for (const button of all(".search-button")) button.addEventListener("click", search);
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (key.toLowerCase() !== "k" || ctrlKey === metaKey || shiftKey || altKey) return;
    event.preventDefault();
    search();
  });
  // All that Sphinx's search asks of two more of its scripts: no waiting, marks, or other language.
  Object.assign(globalThis, { _: String, _ready() {}, SPHINX_HIGHLIGHT_ENABLED: false });
  // It comes when its dialog first opens, one script after the other.
  const scripts = ["documentation_options", "searchtools", "language_data"];
  dialog?.addEventListener("focusin", () => {
    for (const name of [...scripts.map((one) => `_static/${one}`), "searchindex"]) {
      const src = `${dataset.content_root}${name}.js`;
      document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
    }
  }, { once: true });

  // The list of pages: beside a wide page, over a narrow one, which gets the focus back.
  const sidebar = document.getElementById("sidebar");
  const drawer = document.getElementById("sidebar-dialog"), home = sidebar.parentElement;
  document.querySelector(".primary-toggle").addEventListener("click", () => {
    if (wide.matches) return sidebar.classList.toggle("away");
    drawer.append(sidebar);
    drawer.showModal();
  });
  drawer.addEventListener("close", () => home.prepend(sidebar));
  wide.addEventListener("change", () => drawer.close());

  const scroll = () => document.body.classList.toggle("scrolled", scrollY > 0);
  addEventListener("scroll", scroll, { passive: true });
  scroll();

  // What is installed comes from where the page does.
  for (const link of all(".take pre a")) link.textContent = link.href;
})();
