/* A sentence, and how surprised a language model is by each token: see model/. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum } = xent;

  const here = new URL(".", document.currentScript.src);
  const disk = location.protocol === "file:"; // where no worker starts, and nothing is fetched
  const LEAST = 0.005; // nats: below, two places are all 0
  const TOP = 14; // nats: the most that a bar shows
  const parts = [];
  // What can be read where nothing is written.
  const TRIES = [
    "She was very happy.",
    "Mat the on sat cat the.",
    "Green ideas sleep.",
    "Two and two make five.",
    "To be or not to be.",
  ];

  const seen = (piece) =>
    safe(piece).replace(
      /[ \n\t]/g,
      (c) => `<s aria-hidden="true">${"·↵→"[" \n\t".indexOf(c)]}</s>`,
    ).replace(/^‹.+›$/, "<code>$&</code>");
  const spoken = (piece) => safe(piece.trim() || (piece.includes("\n") ? "new line" : "space"));
  const million = (n) => Math.round(n / 1e6);
  const large = (n) => Math.round(n).toLocaleString("en");

  // A model in its worker, for all parts of a page; it comes when a reader asks.
  class Model {
    constructor(about) {
      Object.assign(this, about);
    }

    load() {
      if (this.worker) return;
      const { file, size, sha256 } = this, script = new URL("model/worker.js", here);
      const worker = this.worker = new Worker(script, { type: "module" });
      worker.onmessage = ({ data }) => this.hear(data);
      worker.onerror = () => this.hear({ error: "The network failed." });
      worker.postMessage({ file, size, sha256 });
      this.hear({ got: 0, error: "" });
    }

    stop(error = "") {
      this.worker.terminate();
      this.worker = null;
      this.hear({ error, ready: false });
    }

    hear(said) {
      if (said.error && this.worker) return this.stop(said.error);
      if (!said.from) Object.assign(this, said);
      for (const part of parts) part.hear(this, said);
    }
  }

  const tiny = new Model({
    name: "a tiny model",
    file: "tiny.gguf",
    more: ", trained on Jane Austen and a dictionary, and on nothing else",
  });
  const [file, size, sha256, parameters] =
    document.querySelector("[name=xent-smollm]")?.content.split(" ") ?? [];
  const smollm = new Model({ name: "SmolLM2", file, size: +size, sha256, parameters, more: "" });
  const stored = { SmolLM2: 49_152 }; // the vocabularies of those that read as pages were made

  class Sentence extends Live {
    start() {
      const id = this.name, off = disk ? " disabled" : "";
      // To check a spelling, some browsers send it away.
      this.live.innerHTML = `
      <label for="${id}">Your sentence</label>
      <textarea id="${id}" spellcheck="false"${off}
        placeholder="Green ideas sleep."></textarea>
      <p class="x-under"><small>Your sentence never leaves this page.</small><button
        class="x-yours">Reset</button></p>
      <div class="x-acts"><button class="x-go"></button><progress aria-label="loaded"></progress
        ><small></small><p class="x-about"></p></div>
      <dl class="x-facts">${
        listing(["sum, nats", "per token, nats", "perplexity", "bits per byte"], (unit) =>
          `<div><dt>${unit}</dt><dd></dd></div>`)
      }</dl>
      <div class="x-rows"><i class="x-hairs"><small>1 nat</small><small></small></i>
      <div class="x-tiles" role="listbox" aria-orientation="horizontal" aria-label="tokens"></div>
      <div class="x-invite"><p>Each token gets a bar, as high as its loss. Write, or take one:</p>${
        listing(TRIES, (text) => `<button>${text}</button>`)
      }</div>
      <div class="x-found"><p class="x-how"></p><ul></ul></div></div>
      <p class="visually-hidden" role="status"></p>`;
      [
        this.field,
        this.reset,
        this.go,
        this.bar,
        this.note,
        this.about,
        this.rows,
        this.tiles,
      ] = this.all("textarea, button, progress, .x-acts small, .x-about, .x-rows, .x-tiles");
      this.field.oninput = () => this.field.value === this.config.text ? this.begin() : this.ask();
      // It is a sentence: a new line, which is a token of its own, takes Shift.
      this.field.onkeydown = (event) => {
        const { key, shiftKey, isComposing } = event;
        if (key === "Enter" && !shiftKey && !isComposing) event.preventDefault();
      };
      this.reset.onclick = () => {
        history.replaceState(null, "", location.pathname);
        this.field.focus();
        this.begin();
      };
      this.one(".x-invite").onclick = ({ target }) => {
        if (!target.closest("button")) return;
        this.field.focus();
        this.field.value = target.textContent;
        this.ask();
      };
      this.tiles.onclick = ({ target }) => {
        const at = [...this.tiles.children].indexOf(target.closest("button"));
        if (at >= 0) this.choose(at, true);
      };
      this.tiles.onkeydown = (event) => {
        const { key, target } = event,
          to = {
            ArrowLeft: target.previousSibling,
            ArrowRight: target.nextSibling,
            Home: this.tiles.firstChild,
            End: this.tiles.lastChild,
          }[key];
        if (to) event.preventDefault();
        to?.click();
      };
      this.go.onclick = () => this.press();
      this.model = tiny;
      parts.push(this);
      this.begin();
      this.offer();
      // It changes what is observed, which WebKit calls an error within the same frame.
      new ResizeObserver(() => requestAnimationFrame(() => this.open())).observe(this.rows);
    }

    sent() {
      return this.field.value;
    }
    get more() {
      return this.model === smollm ? { model: smollm.name } : {};
    }

    // To follow a link is to ask. Its model reads it where it is there; what has 98 MB waits for
    // its button.
    follow(text, { model }) {
      if (disk) return;
      this.wanted = model === smollm.name;
      this.model = this.wanted && smollm.ready ? smollm : tiny;
      this.field.value = text;
      this.ask();
      this.offer();
    }

    begin() {
      const { text, tokens, at } = this.config;
      Object.assign(this, { asked: false, at, piece: tokens[at]?.piece });
      this.field.value = text;
      this.grow();
      const next = disk
        ? "No model can run on a page opened from disk: run <code>make serve</code>."
        : `Type, and ${this.model.name} reads along.`;
      this.show({
        ...this.config,
        vocabulary: stored[this.config.model],
        about: `Read by ${safe(this.config.model)} when this page was made. ${next}`,
      });
      clearTimeout(this.later); // said when something changes, not at first
    }

    grow() {
      this.reset.disabled = !this.asked;
      if ("fieldSizing" in this.field.style) return;
      this.field.style.height = 0;
      this.field.style.height = `${this.field.scrollHeight + 2}px`;
    }

    // The worker reads the latest text, once it is done with what it has.
    ask() {
      this.asked = true;
      this.rows.classList.add("x-old");
      this.grow();
      this.model.load();
      this.model.worker.postMessage({ from: this.name, text: this.field.value });
    }

    hear(model, said) {
      if (said.from === this.name && model === this.model && this.asked) {
        if (model === tiny) this.outlines = said.tokens;
        this.show({
          ...said,
          vocabulary: model.vocabulary,
          about: `Read ${said.how}by ${model.name}, ${
            large(model.parameters)
          } parameters${model.more}.`,
        });
      }
      if (said.from) return;
      if (said.ready && model === smollm) this.read(model);
      if (said.error) this.model = tiny;
      this.offer();
      if (said.error) this.say(this.note.textContent);
    }

    // One button loads the other model, stops that, tries again, and changes between the two.
    get other() {
      return tiny.error || this.model === smollm ? tiny : smollm;
    }

    press() {
      const { other } = this;
      if (other === tiny || other.ready) this.read(other);
      else other.worker ? other.stop() : other.load();
      this.offer();
    }

    read(model) {
      this.model = model;
      this.about.textContent = "Reading …";
      this.ask();
    }

    offer() {
      const { name, file, worker, ready, error, got, size, parameters } = this.other,
        loading = worker && !ready && size; // the tiny one comes at once
      this.go.hidden = disk || !file;
      this.go.textContent = loading
        ? "Cancel"
        : error
        ? "Try again"
        : `Read it with ${name}${
          size && !ready ? ` (${million(parameters)} million parameters, ${million(size)} MB)` : ""
        }`;
      this.bar.hidden = !loading;
      if (loading) Object.assign(this.bar, { max: size, value: got });
      this.note.textContent = loading
        ? `${million(got)} of ${million(size)} MB`
        : error
        ? `No model: ${error}`
        : !file
        ? `Here a tiny model reads; this copy has no ${name}.`
        : this.wanted && this.other === smollm
        ? "Shared as read by SmolLM2."
        : "";
    }

    show(reading) {
      const { tokens, bytes, about, vocabulary, how = "" } = this.reading = reading,
        count = tokens.length,
        losses = tokens.map(({ loss }) => loss),
        total = sum(losses),
        perByte = (nats) => nats / Math.LN2 / bytes;
      const numbers = [total, total / count, Math.exp(total / count), perByte(total)].map(
        (x) => (!count ? "–" : x < 1000 ? show(x, 2) : large(x)),
      );
      const focused = this.tiles.contains(document.activeElement);
      // To a fraction of a pixel, and before anything is written.
      const { height } = this.rows.getBoundingClientRect();
      const blind = Math.log(vocabulary ?? NaN), within = blind < TOP;
      this.one(".x-hairs").lastChild.innerHTML = within
        ? `<i>blind guess</i> ${show(blind, 2)}`
        : "";
      this.rows.classList.remove("x-old");
      this.rows.style.minHeight = "";
      this.rows.style.setProperty("--count", count);
      // What the tiny model read before, as outlines: each of its pieces where it ends.
      const { outlines = [] } = this, joined = (list) => listing(list, ({ piece }) => piece);
      const past = joined(outlines) === joined(tokens) && outlines !== tokens ? [...outlines] : [];
      // A bar's full height; what has outlines keeps its scale.
      const top = past.length ? TOP : Math.min(TOP, 1 + Math.max(within ? blind : 0, ...losses));
      this.rows.style.setProperty("--blind", within ? blind / top : 0);
      this.rows.style.setProperty("--nat", `${100 / top}%`);
      let end = 0, at = 0;
      const outline = (piece) => {
        let loss = 0;
        for (end += piece.length; past[0] && at + past[0].piece.length <= end;) {
          at += past[0].piece.length;
          loss += past.shift().loss;
        }
        return loss ? `<u style="--loss: ${loss / top}"></u>` : "";
      };
      this.tiles.innerHTML = listing(
        tokens,
        ({ piece, loss }) =>
          `<button role="option" aria-label="${spoken(piece)}: ${show(loss, 2)}"
      ><i style="--loss: ${loss / top}"></i>${outline(piece)}<b>${seen(piece)}</b><span>${
            loss < LEAST ? "&lt;0.01" : show(loss, 2)
          }</span></button>`,
      );
      this.all("dd").forEach((node, i) => (node.textContent = numbers[i]));
      const outlined = show(perByte(sum(outlines.map(({ loss }) => loss))), 2);
      this.about.innerHTML = about +
        (at ? ` Outlined: the tiny model, ${outlined} bits per byte.` : "");
      // The reader's choice, as long as it is there, or the greatest surprise.
      const kept = tokens[this.at]?.piece === this.piece ? this.at : null;
      this.choose(kept ?? losses.indexOf(Math.max(...losses)), false, focused);
      // A row that comes and goes moves nothing.
      if (count && height - this.rows.offsetHeight < 200) {
        this.rows.style.minHeight = `${height}px`;
      }
      this.say(
        `${how}${count} tokens, in all ${numbers[0]} nats, ${numbers[1]} per token, perplexity ${
          numbers[2]
        }, ${numbers[3]} bits per byte.`,
      );
    }

    // What was expected opens below all rows, or below the chosen tile's if many follow.
    open() {
      const tiles = [...this.tiles.children], at = tiles.find((tile) => tile.tabIndex === 0);
      tiles.forEach((tile) => (this.tiles.style.order = tile.style.order = 0));
      // One row takes all of the panel.
      this.rows.classList.add("x-one");
      this.rows.classList.toggle("x-one", tiles.at(-1)?.offsetTop === tiles[0]?.offsetTop);
      if (tiles.at(-1)?.offsetTop < at?.offsetTop + 400) return;
      const last = tiles.findLastIndex((tile) => tile.offsetTop === at?.offsetTop);
      tiles.forEach((tile, i) => (this.tiles.style.order = tile.style.order = i > last ? 2 : 0));
    }

    choose(at, byReader, focus = byReader) {
      const { tokens } = this.reading, token = tokens[at];
      [...this.tiles.children].forEach((tile, i) =>
        Object.assign(tile, { ariaSelected: `${i === at}`, tabIndex: i === at ? 0 : -1 })
      );
      const [after, list] = this.all(".x-found p, ul"),
        before = listing(tokens.slice(0, at), ({ piece }) => piece);
      after.innerHTML = list.innerHTML = "";
      if (!token) return;
      // What stands right before it, in one line.
      const wide = matchMedia("(min-width: 36rem)").matches;
      const near = wide ? /^.+\s(?=.{22})/su : /^.+\s(?=.{9})/su;
      after.innerHTML = at
        ? `Pieces of words expected after <q>${safe(before.replace(near, "…"))}</q>`
        : "Pieces of words expected first";
      const { piece, loss, best, rank } = token,
        p = Math.exp(-loss),
        among = best.some(([guess]) => guess === piece);
      list.innerHTML = listing(
        among ? best : [...best, [piece, p, rank]],
        ([guess, p, rank]) =>
          `<li${guess === piece ? ' class="x-hit"' : ""} style="--p: ${p}"
      ><b>${guess === " " ? "(space)" : seen(guess)}</b><i></i><span>${show(p)}</span>${
            rank ? `<small>rank ${large(rank)}</small>` : ""
          }</li>`,
      );
      this.open();
      if (focus) this.tiles.children[at].focus();
      if (!byReader) return;
      Object.assign(this, { at, piece });
      this.say(
        `${spoken(piece)}: p ${show(p)}. Expected: ${
          best.map(([guess, p]) => `${spoken(guess)} ${show(p)}`).join(", ")
        }.`,
      );
    }
  }

  customElements.define("xent-sentence", Sentence);
})();
