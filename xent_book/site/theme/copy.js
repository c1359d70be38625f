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
    button.lang = "en";
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
  // Where the book was published, as far as the page knows.
  home: document.querySelector("link[rel=canonical]")?.href ?? location.href,
  // The address of this page in a state, or of another.
  to(state, page = "") {
    const pairs = Object.entries(state).map((pair) => pair.map(encodeURIComponent).join("="));
    return new URL(`${page}#${pairs.join("&")}`, this.home).href;
  },
  // Puts a state into the address, copies it after a text, and gives what its button says then.
  async copy(state, text = "") {
    const address = this.to(state);
    history.replaceState(null, "", new URL(address).hash || location.pathname);
    try {
      await navigator.clipboard.writeText(text + address);
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

/* Share, at each live part that has a page of its own: a link to what it shows, and the line that
   shows it on another page. */
(() => {
  "use strict";
  // Most parts name what they show, with what each number may be, from least to most, and whether
  // it is whole; or one of some words. Others write and read it themselves.
  const written = (x) => typeof x === "string" ? x : Number(Number(x).toPrecision(6));
  const send = (part) =>
    part.sent?.() ??
      Object.keys(part.shared ?? { five: "of the game" })
        .map((key) => [part[key]].flat().map(written).join("_")).join("~");
  const value = (text, [least, most, whole], list) => {
    if (typeof least === "string") return list.includes(text) ? text : undefined;
    const x = text ? Math.min(most, Math.max(least, Number(text))) : NaN;
    return x === x ? (whole ? Math.round(x) : x) : undefined;
  };
  const take = (part, text, all) => {
    if (part.follow) return part.follow(text, all);
    const given = text.split("~"), state = {};
    for (const [key, rule] of Object.entries(part.shared)) {
      const old = part[key], own = given.shift()?.split("_").map((one) => value(one, rule, rule));
      if (own?.length !== [old].flat().length || own.includes(undefined)) return;
      state[key] = Array.isArray(old) ? own : own[0];
    }
    cancelAnimationFrame(part.frame);
    if (part.restore) return part.restore(state);
    Object.assign(part, state);
    part.update();
  };

  const OWN = { plan: "doctor", game: "five" }; // what their links have said from the first
  const root = document.documentElement.dataset.content_root;
  const framed = document.body.dataset.pagename?.startsWith("embed/");
  // Pixels on a phone: what the part's own page has above and below it, and how high those parts
  // are at most of which no sheet says it.
  const EDGES = 310, OTHERS = 640;
  // Below a frame, whose page says how high it is.
  const FITS = `<script>
addEventListener("message", ({ source, data }) => {
  for (const one of document.querySelectorAll("iframe"))
    if (one.contentWindow === source && data?.xentHeight) one.height = data.xentHeight;
});
</script>`;

  const share = (part, name, key) => {
    const box = document.createElement("details");
    box.className = "share";
    box.innerHTML = `<summary>Share</summary><div class="x-given">${
      ["Link to what it shows now", "HTML for another page"].map((label) =>
        `<label>${label}<input readonly></label><button class="x-press" aria-label="Copy ${
          label.split(" ")[0]
        }">Copy</button>`
      ).join("")
    }<button class="x-press">Save a picture</button><output></output></div>`;
    const [link, line] = box.querySelectorAll("input"), says = box.querySelector("output");
    let html;
    const state = async () => {
      const text = await send(part);
      return text ? { [key]: text, ...part.more } : {};
    };
    const fill = async () => {
      if (!box.open) return;
      const now = await state(), { title } = part.dataset;
      const style = getComputedStyle(part),
        height = (name) => 16 * parseFloat(style.getPropertyValue(`--height${name}`));
      const high = height("-narrow") || height("") || OTHERS;
      if (link.value !== pageLink.to(now)) says.textContent = "";
      link.value = pageLink.to(now);
      html = `<!-- Before the #, ?theme=light or ?theme=dark fixes its colours. -->
<iframe src="${
        pageLink.to(now, `${root}embed/${name}.html`)
      }" title="${title}" width="100%" height="${
        Math.ceil(high + EDGES)
      }" style="border: 0"></iframe>
${FITS}`;
      line.value = html; // in one line
    };
    box.addEventListener("toggle", fill);
    for (const type of ["input", "change", "click", "keyup"]) {
      part.live.addEventListener(type, fill);
    }
    const [first, second, third] = box.querySelectorAll("button");
    first.addEventListener("click", async () => {
      await fill();
      says.textContent = await pageLink.copy(await state());
    });
    second.addEventListener("click", async () => {
      await fill();
      try {
        await navigator.clipboard.writeText(html);
        says.textContent = "copied";
      } catch {
        line.select();
        says.textContent = "selected";
      }
    });
    third.addEventListener("click", async () => {
      try {
        const { picture } = await import(
          new URL(`${root}_static/picture.js`, document.baseURI).href
        );
        const href = URL.createObjectURL(await picture(part));
        Object.assign(document.createElement("a"), { href, download: `${name}.png` }).click();
        setTimeout(URL.revokeObjectURL, 60_000, href);
        says.textContent = "picture saved";
      } catch { // such as of a page on disk, whose sheets no script may read
        says.textContent = "no picture here: take a screenshot";
      }
    });
    box.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !box.open) return;
      box.open = false;
      box.firstChild.focus();
    });
    (part.edge ?? part).append(box);
  };

  for (const part of document.querySelectorAll("[embed]")) {
    const name = part.getAttribute("embed"), key = OWN[name] ?? name;
    customElements.whenDefined(part.localName).then(() => {
      if (!framed) share(part, name, key);
      if (part.localName !== "xent-game") { // which waits for it
        pageLink.follow(key, (text, all) => {
          part.scrollIntoView({ block: "center" });
          take(part, text, all);
        });
      }
    });
  }
})();
