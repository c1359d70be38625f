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

  // Once: what a script names, it names for good.
  const brought = {};
  const bring = (name) =>
    brought[name] ??= new Promise((resolve, reject) => {
      const script = make("script", { src: new URL(`${name}?${dataset.python}`, base) });
      script.onload = resolve;
      script.onerror = () => {
        delete brought[name];
        reject(new Error(`${name} did not come`));
      };
      document.head.append(script);
    });

  // What the cells are and have printed; the name of the file tells this page's own.
  let reading;
  const read = () => {
    reading ??= (async () => {
      await Promise.all(["outputs.js", "pressed.js"].map(bring));
      Object.assign(Cell.prototype, runPressed({ cells, python, make, spoil }));
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
      this.show?.(null);
      this.say();
      delete this.box.dataset.run;
      this.go.focus();
    }

    say(...what) {
      this.says?.replaceChildren(...what);
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
      queue = queue.then(read).then(() => this.through()).catch((error) => this.fail(error))
        .finally(() => {
          this.busy = false;
        });
    }

    fail(error) {
      this.state = error.stopped ? "stopped" : "broken";
      for (const cell of cells) cell.ran = false;
      const stopped = "Stopped. Python starts anew, so the cells above run again before this one.";
      this.say(error.stopped ? stopped : `This did not run: ${error.message}. Run tries it again.`);
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
