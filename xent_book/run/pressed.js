/* What a cell does once one of its page was pressed: which cells run first, what is heard of
   them, and what is said of what came. */
"use strict";
const runPressed = ({ cells, python, make, spoil }) => {
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`;
  let keeping = false;
  const took = (seconds) => (seconds < 0.95 ? "" : ` in ${seconds.toFixed(1)} s`);
  const AS_STORED = {
    same: "the same as printed",
    alike: "the same, drawn by a different version of matplotlib",
    silent: "ran without printing anything",
  };

  return {
    // What the run gave, in the place of what is printed or `beside` it.
    show(outputs, beside) {
      this.was = this.runs;
      this.old = false;
      this.box.classList.toggle("run-old", this.code !== this.was);
      this.yours?.remove();
      if (this.printed) this.printed.hidden = Boolean(outputs) && !beside;
      this.printed?.classList.toggle("run-printed", Boolean(outputs && beside));
      if (!outputs) return;
      this.yours = make("div", { class: "cell_output docutils container run-yours" });
      if (beside) this.yours.append(make("p", { class: "run-label" }, "In this page"));
      this.yours.append(...outputs.map(runOutputs.show));
      // Where nothing is printed, outside of the fold that hides the code.
      if (this.printed) this.printed.after(this.yours);
      else this.box.append(this.yours);
    },

    // A former error is not one of now.
    forget() {
      this.yours?.querySelectorAll(".run-error").forEach((one) => one.remove());
    },

    // The cells above that have to run before: all but those slow ones of which nothing is used.
    above() {
      if (this.stored?.alone) return [];
      const needed = [];
      let text = this.source;
      for (const cell of cells.slice(0, cells.indexOf(this)).reverse()) {
        const uses = (name) => new RegExp(`\\b${name}\\b`).test(text);
        if (
          !cell.number || cell.only || cell.ran ||
          (cell.stored.gives && !cell.stored.gives.some(uses))
        ) {
          continue;
        }
        needed.unshift(cell);
        text += `\n${cell.source}`;
      }
      return needed;
    },

    async through() {
      for (const cell of this.above()) {
        await cell.run(this);
        if (cell.state !== "error") continue;
        this.state = "above";
        this.runs = this.given;
        this.show(null); // what an earlier run gave
        const link = make("a", { href: `#${cell.box.id}` }, cell.name);
        return this.say("Not run: there was an error in ", link, " above.");
      }
      if (this.edited || !this.number) spoil(this);
      await this.run(this, this.exercise?.());
      this.keep().catch(() => {}); // a browser that keeps nothing runs all the same
    },

    // Who has Python here has the book, too, where no host answers: see offline.js.
    async keep() {
      const { serviceWorker } = navigator;
      if (keeping || !serviceWorker || serviceWorker.controller) return;
      keeping = true;
      await serviceWorker.register(`${document.documentElement.dataset.content_root}offline.js`);
      await serviceWorker.ready;
      this.done.textContent = "✓ Now opens offline, too."; // one line on a phone
    },

    // `pressed` is the cell that the reader waits for.
    async run(pressed, exercise) {
      const tell = (data) => pressed.hear(data, this);
      const { name, source } = this;
      this.runs = this.code;
      this.forget();
      const { outputs, seconds, verdict } = await python.run({ name, source, exercise }, tell);
      this.judge(outputs, seconds);
      if (verdict) this.say(verdict, ...this.doubt(verdict));
      this.ran = this.state !== "error";
    },

    hear({ type, name, bytes, kept, got, all, outputs }, cell) {
      if (type === "comes" && kept) this.say(`Loading ${name} from this browser’s cache …`);
      else if (type === "comes") {
        this.progress = make("progress", {
          max: 1,
          value: 0,
          "aria-label": "Bytes loaded",
        });
        const once = `into this page: ${megabytes(bytes)}, only once.`;
        const quiet = name === "Python"
          ? " Nothing is installed, and nothing leaves the page."
          : "";
        this.say(`Loading ${name} ${once}${quiet} `, this.progress);
      } else if (type === "bytes" && this.progress) this.progress.value = got / all;
      else if (type === "starts") this.note("Starting Python …");
      else if (type === "runs") {
        this.note(cell === this ? "Running …" : `Running ${cell.name} above …`);
      } else if (type === "outputs" && cell === this) this.show(outputs);
    },

    judge(outputs, seconds) {
      const failed = outputs.find(({ output_type: type }) => type === "error");
      const changed = this.edited || !this.number;
      this.lacks = failed && this.lacking(failed);
      if (this.lacks) this.state = "impossible";
      else if (failed) this.state = "error";
      else if (changed) this.state = "yours";
      else if (!outputs.length && !this.stored.outputs.length) this.state = "silent";
      else this.state = runOutputs.compare(outputs, this.stored.outputs);
      const stored = this.state in AS_STORED;
      const kept = this.lacks && !changed;
      this.show(stored || kept ? null : outputs, this.state === "differs");
      if (stored) this.note(`✓ ${AS_STORED[this.state]}${took(seconds).replace(" ", ", ")}`);
      else this.say(this.verdict(outputs, seconds));
    },

    // What no page has, the cells below lack, too.
    lacking({ missing, ename: kind }) {
      const never =
        /^(dask|distributed|torch|jax|keras|tensorflow|transformers|numba|scipy|sklearn|optax)$/;
      const name = missing?.split(".")[0];
      if (never.test(name)) return name;
      const above = cells.slice(0, cells.indexOf(this));
      return kind === "NameError" && above.find(({ lacks }) => lacks)?.lacks;
    },

    // An answer that is wrong may be right for the cells as they were.
    doubt(verdict) {
      const above = cells.slice(0, cells.indexOf(this));
      const changed = above.findLast(({ number, edited, ran }) => number && edited && ran);
      if (!changed || verdict.startsWith("✓")) return [];
      const link = make("a", { href: `#${changed.box.id}` }, changed.name);
      return [" With what you changed in ", link, ", the answer may be another."];
    },

    // A cell that runs without those above lacks their names.
    whence(failed) {
      const name = failed?.ename === "NameError" && this.stored?.alone && failed.missing;
      if (!name) return "";
      const made = `def ${name}\\b|[\\w, ]*\\b${name}\\b[\\w, ]*=[^=]`;
      const gives = new RegExp(`^(?:(?:from|import)\\b.*\\b${name}\\b|${made})`, "m");
      const above = cells.slice(0, cells.indexOf(this));
      const from = above.findLast(({ number, stored }) => number && gives.test(stored.source));
      return from
        ? `${name} comes from ${from.name} above, but this cell runs without those above.`
        : "";
    },

    // Its last function is what a reader wants to run.
    quiet(seconds) {
      const name = this.code.match(/^def \w+/gm)?.at(-1).slice(4);
      const uncalled = name && this.code.match(new RegExp(`\\b${name}\\b`, "g")).length === 1;
      const why = uncalled ? `: nothing calls ${name}` : "";
      return `Ran${took(seconds)} without printing anything${why}.`;
    },

    verdict(outputs, seconds) {
      return {
        yours: outputs.length ? "" : this.quiet(seconds),
        differs: "The output differs from the printed one; both are shown below.",
        impossible: `This cell runs only in the notebook: a page has no ${this.lacks}.`,
        error: this.whence(outputs.at(-1)),
      }[this.state];
    },
  };
};
