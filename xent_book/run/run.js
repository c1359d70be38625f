/* A button at each cell that runs it, and one that lets it be changed. Before the first press
   nothing comes but this. */
(() => {
  "use strict";
  const { dataset, src } = document.currentScript;
  const base = new URL(".", src);
  const article = document.querySelector(".bd-article");
  const order = ({ id: a }, { id: b }) => a.slice(5) - b.slice(5); // a check stands elsewhere
  const boxes = [...article.querySelectorAll(".cell[id^=cell-]")].sort(order);

  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`;
  const took = (seconds) => (seconds < 0.95 ? "" : ` in ${seconds.toFixed(1)} s`);

  // Why this page cannot run its cells, if so.
  const hindrance = () => {
    if (location.protocol === "file:") {
      return "a page that was opened from disk runs no cells; through `make serve` it does";
    }
    const needs = ["WebAssembly", "Worker", "DecompressionStream"];
    const lacking = needs.find((name) => !(name in globalThis));
    return lacking && `this browser runs no cells: it has no ${lacking}`;
  };
  const why = hindrance();
  if (why) {
    const note = make("p", { class: "run-note" }, `${why[0].toUpperCase()}${why.slice(1)}.`);
    return article.querySelector("h1")?.after(note);
  }

  const python = new RunPython(dataset.python);
  const cells = [];
  let queue = Promise.resolve();

  // A browser may refuse to keep anything.
  const recall = (place) => {
    try {
      return localStorage.getItem(place);
    } catch {
      return null;
    }
  };
  const remember = (place, text) => {
    try {
      if (text === null) localStorage.removeItem(place);
      else localStorage.setItem(place, text);
    } catch { /* then it is gone with the page */ }
  };

  const bring = (name) =>
    new Promise((resolve, reject) => {
      const script = make("script", { src: new URL(`${name}?${dataset.python}`, base) });
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${name} did not come`));
      document.head.append(script);
    });

  // What the cells are and have printed; the name of the file tells this page's own.
  let reading;
  const read = () => {
    reading ??= (async () => {
      await bring("outputs.js");
      const response = await fetch(new URL(`cells/${dataset.cells}`, base));
      if (!response.ok) throw new Error("the book is newer than this page: load it again");
      const stored = await response.json();
      if (stored.length !== boxes.length) throw new Error("the page and its notebook differ");
      for (const cell of cells) if (cell.number) cell.stored = stored[cell.number - 1];
    })();
    reading.catch(() => (reading = undefined));
    return reading;
  };

  // A cell that ran in another way leaves those below it to run again.
  const spoil = (cell) => {
    cell.ran = false;
    for (const other of cells.slice(cells.indexOf(cell) + 1)) other.ran = false;
  };

  class Cell {
    constructor(box, name, number) {
      Object.assign(this, { box, name, number, ran: false });
      this.pre = box.querySelector(".cell_input pre");
      this.printed = box.querySelector(".cell_output");
      if (this.pre) this.equip();
    }

    equip() {
      const button = (kind, text, act) => {
        const made = make("button", { type: "button", class: `run-${kind}` }, text);
        made.setAttribute("aria-label", `${text} ${this.name}`);
        made.addEventListener("click", act);
        return made;
      };
      this.go = button("go", "Run", () => (this.busy ? python.stop() : this.press()));
      this.change = button("change", "Edit", () => this.edit());
      this.undo = button("undo", "Reset", () => this.reset());
      this.undo.hidden = true;
      this.says = make("p", { class: "run-says", role: "status" });
      const bar = make("div", { class: "run-bar" }, this.undo, this.change, this.go);
      if (this.box.matches(".tag_share")) bar.prepend(button("share", "Share", () => this.share()));
      this.pre.parentElement.append(bar);
      this.pre.parentElement.classList.add("run-cell");
      this.pre.closest(".cell_input").after(this.says);
      // A click sets the caret; a finger scrolls, and has its button.
      this.pre.addEventListener("click", ({ pointerType }) => {
        if (pointerType === "mouse" && getSelection().isCollapsed) this.edit(this.caret());
      });
    }

    get source() {
      return (this.editor?.value ?? this.stored.source).trimEnd();
    }
    get edited() {
      return Boolean(this.editor) && this.editor.value.trimEnd() !== this.editor.given;
    }
    get state() {
      return this.box.dataset.run;
    }
    set state(state) {
      this.box.dataset.run = state;
    }

    caret() {
      const { anchorNode, anchorOffset } = getSelection();
      const range = document.createRange();
      range.setStart(this.pre, 0);
      range.setEnd(anchorNode, anchorOffset);
      return range.toString().length;
    }

    open() {
      this.editor ??= new RunEditor(this.pre, {
        name: this.name,
        hint: this.hint,
        onRun: () => this.press(),
        onLeave: () => this.go.focus(),
        onInput: () => this.changed(),
      });
      this.change.hidden = true;
    }

    edit(place = 0) {
      this.open();
      this.editor.focus(place);
    }

    // Code that comes from elsewhere is shown, and run by a press alone.
    take(code) {
      this.open();
      this.editor.value = code;
      this.mark();
    }

    // After the #, which no browser sends to a host.
    async share() {
      const code = this.editor?.value ?? this.pre.textContent.trimEnd();
      history.replaceState(null, "", `#code=${encodeURIComponent(code)}`);
      const kept = "This page’s address holds the code now";
      const copied = navigator.clipboard?.writeText(location.href).then(() => ", and is copied");
      this.say(`${kept}${(await copied?.catch(() => "")) ?? ""}. Who opens it sees the code.`);
    }

    // What a reader has written stays on their machine, as long as the cell is the same.
    get place() {
      return `run ${DOCUMENTATION_OPTIONS.pagename} ${this.name}`;
    }
    restore() {
      const [given, code] = JSON.parse(recall(this.place) ?? "[]");
      if (code !== undefined && given === this.pre.textContent.trimEnd()) this.take(code);
    }

    changed() {
      const { given, value } = this.editor ?? {};
      remember(this.place, this.edited ? JSON.stringify([given, value]) : null);
      this.mark();
    }

    mark() {
      this.undo.hidden = !this.edited;
      this.box.classList.toggle("run-edited", this.edited);
      spoil(this);
    }

    reset() {
      this.editor?.close();
      this.editor = undefined;
      this.changed();
      if (this.turn) this.open();
      else this.change.hidden = false;
      this.show(null);
      this.say();
      delete this.box.dataset.run;
      this.go.focus();
    }

    say(...what) {
      this.says?.replaceChildren(...what);
    }

    // What the run gave, in the place of what is printed or `beside` it.
    show(outputs, beside) {
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
    }

    set busy(on) {
      this.working = on;
      this.go.textContent = on ? "Stop" : "Run";
      this.go.setAttribute("aria-label", `${on ? "Stop" : "Run"} ${this.name}`);
    }
    get busy() {
      return this.working;
    }

    press() {
      if (this.busy) return;
      this.busy = true;
      this.state = "busy";
      if (!python.ready) this.say("Python comes into this page …");
      queue = queue.then(() => this.through()).catch((error) => this.fail(error)).finally(() => {
        this.busy = false;
      });
    }

    fail(error) {
      this.state = error.stopped ? "stopped" : "broken";
      for (const cell of cells) cell.ran = false;
      const stopped = "Stopped. Python starts anew, so the cells above run again before this one.";
      this.say(error.stopped ? stopped : `This did not run: ${error.message}. Run tries it again.`);
    }

    // The cells above that have to run before: all but those slow ones of which nothing is used.
    above() {
      if (this.stored?.alone) return [];
      const needed = [];
      let text = this.source;
      for (const cell of cells.slice(0, cells.indexOf(this)).reverse()) {
        const uses = (name) => new RegExp(`\\b${name}\\b`).test(text);
        if (!cell.number || cell.ran || (cell.stored.gives && !cell.stored.gives.some(uses))) {
          continue;
        }
        needed.unshift(cell);
        text += `\n${cell.source}`;
      }
      return needed;
    }

    async through() {
      await read();
      for (const cell of this.above()) {
        await cell.run(this);
        if (cell.state !== "error") continue;
        this.state = "above";
        const link = make("a", { href: `#${cell.box.id}` }, cell.name);
        return this.say("Not run: an error came in ", link, " above.");
      }
      if (this.edited || !this.number) spoil(this);
      await this.run(this, this.exercise?.());
    }

    // `pressed` is the cell that the reader waits for.
    async run(pressed, exercise) {
      const tell = (data) => pressed.hear(data, this);
      const { name, source } = this;
      const { outputs, seconds, verdict } = await python.run({ name, source, exercise }, tell);
      this.judge(outputs, seconds);
      if (verdict) this.say(verdict);
      this.ran = this.state !== "error";
    }

    hear({ type, name, bytes, kept, got, all, outputs }, cell) {
      if (type === "comes" && kept) this.say(`${name} starts, from what this browser kept …`);
      else if (type === "comes") {
        this.progress = make("progress", {
          max: 1,
          value: 0,
          "aria-label": "Bytes that have come",
        });
        const once = `comes into this page: ${megabytes(bytes)}, once.`;
        const quiet = name === "Python"
          ? " Nothing is installed, and nothing leaves the page."
          : "";
        this.say(`${name} ${once}${quiet} `, this.progress);
      } else if (type === "bytes" && this.progress) this.progress.value = got / all;
      else if (type === "starts") this.say("Python starts …");
      else if (type === "runs") this.say(cell === this ? "Runs …" : `Runs ${cell.name} above …`);
      else if (type === "outputs" && cell === this) this.show(outputs);
    }

    judge(outputs, seconds) {
      const failed = outputs.find(({ output_type: type }) => type === "error");
      const changed = this.edited || !this.number;
      this.lacks = failed && this.lacking(failed);
      if (this.lacks) this.state = "impossible";
      else if (failed) this.state = "error";
      else if (changed) this.state = "yours";
      else if (!outputs.length && !this.stored.outputs.length) this.state = "silent";
      else this.state = runOutputs.compare(outputs, this.stored.outputs);
      const stored = ["same", "alike", "silent"].includes(this.state);
      const kept = this.lacks && !changed;
      this.show(stored || kept ? null : outputs, this.state === "differs");
      this.say(this.verdict(outputs, seconds));
    }

    // What no page has, the cells below lack, too.
    lacking({ missing, ename: kind }) {
      const never =
        /^(dask|distributed|torch|jax|keras|tensorflow|transformers|numba|scipy|sklearn|optax)$/;
      const name = missing?.split(".")[0];
      if (never.test(name)) return name;
      const above = cells.slice(0, cells.indexOf(this));
      return kind === "NameError" && above.find(({ lacks }) => lacks)?.lacks;
    }

    verdict(outputs, seconds) {
      const nothing = `Ran${took(seconds)}; it prints nothing.`;
      return {
        same: `As printed${took(seconds)}.`,
        alike: `As printed${took(seconds)}, drawn by another release of matplotlib.`,
        silent: nothing,
        yours: outputs.length ? "" : nothing,
        differs: "Another output than printed: both stand below.",
        impossible: `A page has no ${this.lacks}: this cell runs in the notebook only.`,
        error: "",
      }[this.state];
    }
  }

  // An empty cell below an exercise, which knows what the chapter has defined, and whose last
  // value is the answer that the solution computes.
  class Turn extends Cell {
    constructor(section, solution) {
      const pre = make("pre");
      const inside = make("div", { class: "highlight" }, pre);
      const box = make(
        "div",
        { class: "cell run-turn" },
        make("div", { class: "cell_input" }, inside),
      );
      section.querySelector(":scope > details").before(box);
      super(box, `your turn in exercise ${section.id.match(/\d+/)}`);
      const asks = JSON.parse(dataset.asks)[solution.number];
      const end = asks ? `: end with ${asks}, and run it` : "";
      Object.assign(this, { turn: true, hint: `# Your turn${end}` });
      if (asks) {
        this.exercise = () => ({ source: solution.source, ...solution.stored.exercise });
      }
      this.open();
    }
  }

  for (const box of boxes) {
    const number = +box.id.slice(5);
    cells.push(new Cell(box, `cell ${number}`, number));
  }
  for (const section of article.querySelectorAll('section[id^="exercise-"]')) {
    const solved = ({ box }) => section.contains(box) && box.matches(".tag_hide-cell");
    const solution = cells.findLast(solved);
    cells.splice(cells.indexOf(solution), 0, new Turn(section, solution));
  }
  for (const cell of cells) if (cell.pre) cell.restore();

  const receive = () => {
    const code = new URLSearchParams(location.hash.slice(1)).get("code");
    const cell = cells.find(({ box }) => box.matches(".tag_share"));
    if (code === null || !cell) return;
    cell.take(code);
    cell.box.scrollIntoView({ block: "center" });
  };
  receive();
  addEventListener("hashchange", receive);
})();
