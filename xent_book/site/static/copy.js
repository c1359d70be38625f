/* A button at each block of code that copies it as it stands, changed by the reader or not. */
(() => {
  "use strict";
  const sheets = `<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="8" y="8" width="12"
    height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/></svg>`;

  for (const code of document.querySelectorAll("div:not(.output) > .highlight > pre")) {
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
