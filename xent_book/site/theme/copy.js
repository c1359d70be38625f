/* A button at each block of code that copies it as it stands, changed by the reader or not. */
(() => {
  "use strict";
  const sheets =
    `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="8" y="8" width="12"
    height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/></svg>`;

  for (const code of document.querySelectorAll("div:not(.output, .doctest) > .highlight > pre")) {
    const button = document.createElement("button");
    const name = (text) => {
      button.ariaLabel = text;
      button.title = text;
    };
    const say = (sign, text) => {
      button.textContent = sign;
      name(text);
      setTimeout(rest, 2000);
    };
    const rest = () => {
      button.innerHTML = sheets;
      name("Copy");
    };
    rest();
    button.type = "button";
    button.className = "copybtn";
    button.addEventListener("click", async () => {
      const block = button.parentElement;
      const text = block.querySelector("textarea")?.value ?? block.querySelector("pre").innerText;
      try {
        await navigator.clipboard.writeText(text.trimEnd());
        say("✓", "Copied");
      } catch {
        say("✗", "Not copied");
      }
    });
    code.after(button);
  }
})();

/* What a reader sees, as a link: it stands after the #, which no browser sends to a host. */
globalThis.pageLink = {
  // Puts a state into the address, copies it after a text, and gives what its button says then.
  async copy(state, text = "") {
    const pairs = Object.entries(state).map((pair) => pair.map(encodeURIComponent).join("="));
    history.replaceState(null, "", `#${pairs.join("&")}`);
    try {
      await navigator.clipboard.writeText(text + location.href);
      return "link copied";
    } catch {
      return "link in the address bar";
    }
  },
  // Hands over what the address brings, if it is of that name, now and whenever it changes.
  follow(name, take) {
    const read = () => {
      const pairs = location.hash.slice(1).split("&").map((pair) => pair.split("="));
      let state;
      try {
        state = Object.fromEntries(pairs.map((pair) => pair.map(decodeURIComponent)));
      } catch { /* no text */ }
      if (state?.[name]) take(state[name], state);
    };
    addEventListener("hashchange", read);
    read();
  },
};
