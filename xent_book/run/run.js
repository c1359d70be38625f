/* Buttons at each cell to run it and to edit it. Before the first press, a page loads only this. */
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
      return "a page opened from disk cannot run cells; use `make serve`";
    }
    const needs = ["WebAssembly", "Worker", "DecompressionStream"];
    const lacking = needs.find((name) => !(name in globalThis));
    return lacking && `this browser cannot run cells: it has no ${lacking}`;
  };
  const why = hindrance();
  if (why) {
    const note = make("p", { class: "run-note" }, `${why[0].toUpperCase()}${why.slice(1)}.`);
    return article.querySelector("h1")?.after(note);
  }

  const cells = [];
  const lacking = JSON.parse(dataset.lacks ?? "{}");
  let python, queue = Promise.resolve();

  const recall = (place) => localStorage.getItem(place);
  const remember = (place, text) => {
    try {
      if (text === null) localStorage.removeItem(place);
      else localStorage.setItem(place, text);
    } catch { /* then it is gone with the page */ }
  };

  // The script that a press loads has the hash of each of Python's files; the page has its hash.
  const pressed = `${new URL("pressed.js", base)}?${dataset.python}`;
  const load = () =>
    new Promise((resolve, reject) => {
      const script = make("script", { src: pressed, integrity: `sha256-${dataset.python}` });
      script.onload = resolve;
      script.onerror = () => reject(new Error("its contents differ"));
      document.head.append(script);
    });

  // What the cells are and have printed; the name of the file tells this page's own.
  let reading;
  const read = () => {
    reading ??= (async () => {
      if (!python) {
        await runAsk(pressed, load);
        python = new RunPython(dataset.python);
        Object.assign(Cell.prototype, runPressed({ cells, python, make, spoil }));
      }
      const place = `${new URL(`cells/${dataset.cells}`, base)}`;
      const stored = await runAsk(place, async (file) => JSON.parse(await file.text()));
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
      Object.assign(this, { box, name, number, ran: false, only: lacking[number] });
      this.pre = box.querySelector(".cell_input pre");
      this.printed = box.querySelector(".cell_output");
      if (!this.pre) return;
      this.was = this.given = this.pre.textContent.trimEnd();
      this.says = make("p", { class: "run-says", role: "status", lang: "en" });
      this.pre.closest(".cell_input").after(this.says);
      this.lacks = this.only;
      if (this.only) this.say(`This cell runs only in the notebook: a page has no ${this.only}.`);
      else this.equip();
    }

    equip() {
      const button = (kind, text, act) => {
        const made = make("button", { type: "button", class: `run-${kind}` });
        made.addEventListener("click", act);
        return this.label(made, text);
      };
      this.go = button("go", "Run", () => this.stops ? python.stop() : this.press());
      this.change = button("change", "Edit", () => this.edit());
      this.undo = button("undo", "Reset", () => this.reset());
      this.undo.hidden = true;
      this.done = make("span", { class: "run-done", role: "status" });
      const bar = make(
        "div",
        { class: "run-bar", lang: "en" },
        this.done,
        this.undo,
        this.change,
        this.go,
      );
      if (this.box.matches(".tag_share")) bar.prepend(button("share", "Share", () => this.share()));
      this.pre.parentElement.append(bar);
      this.pre.parentElement.classList.add("run-cell");
      // A click sets the caret; a finger scrolls, and has its button.
      this.pre.addEventListener("click", ({ pointerType }) => {
        if (pointerType === "mouse" && getSelection().isCollapsed) this.edit(this.caret());
      });
    }

    label(button, text) {
      button.textContent = text;
      button.setAttribute("aria-label", `${text} ${this.name}`);
      return button;
    }

    get code() {
      return this.editor?.value.trimEnd() ?? this.given;
    }
    get source() {
      return this.editor ? this.code : this.stored.source;
    }
    get edited() {
      return this.code !== this.given;
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
        onLeave: () => {
          this.leave();
          this.go.focus();
        },
        onInput: () => this.changed(),
      });
      // Not before the press that took the focus has come to its button.
      const leave = () => this.box.contains(document.activeElement) || this.leave();
      this.editor.area.onblur = () => setTimeout(leave, 300);
      this.change.hidden = true;
    }

    // An editor in which nothing was changed closes.
    leave() {
      if (!this.edited && !this.turn) this.shut();
    }

    shut() {
      this.editor?.close();
      this.editor = undefined;
      if (this.turn) this.open();
      else this.change.hidden = false;
    }

    edit(place = 0) {
      this.open();
      this.editor.focus(place);
    }

    // Code that comes from elsewhere is shown, and run by a press alone. That of a `guest`, the
    // page's address, is not kept: what the reader has kept stays.
    take(code, guest) {
      const { kept } = this;
      this.guest = guest && code.trimEnd() !== kept?.trimEnd();
      this.label(this.undo, this.guest && kept ? "Back to yours" : "Reset");
      this.open();
      this.editor.value = code;
      this.mark();
    }

    async share() {
      const copied = (await pageLink.copy({ code: this.code })) === "link copied";
      const also = copied ? ", and has been copied" : "";
      const kept = `This page’s address now contains the code${also}.`;
      this.say(`${kept} Anyone who opens it sees the code.`);
    }

    // What a reader has written stays on their machine, as long as the cell is the same.
    get place() {
      return `run ${document.body.dataset.pagename} ${this.name}`;
    }
    get kept() {
      const [given, code] = JSON.parse(recall(this.place) ?? "[]");
      return given === this.given ? code : undefined;
    }
    restore() {
      if (this.kept !== undefined) this.take(this.kept);
    }

    changed() {
      const text = this.edited ? JSON.stringify([this.given, this.editor.value]) : null;
      if (!this.guest) remember(this.place, text);
      this.mark();
    }

    mark() {
      this.undo.hidden = !(this.edited || this.guest);
      this.box.classList.toggle("run-edited", this.edited);
      spoil(this);
      this.age();
    }

    // What stands below is of the code that was run.
    age() {
      const old = this.code !== this.was;
      this.box.classList.toggle("run-old", old);
      if (this.busy || old === Boolean(this.old)) return;
      this.old = old;
      delete this.box.dataset.run;
      this.say(old ? "Changed, not run yet." : "");
    }

    reset() {
      const { guest } = this;
      if (guest) history.replaceState(null, "", location.pathname + location.search);
      this.shut();
      this.show?.(null);
      this.was = this.given;
      delete this.box.dataset.run;
      this.changed();
      this.say();
      this.guest = false;
      if (guest) this.take(this.kept ?? this.given);
      this.leave();
      this.go.focus();
    }

    say(...what) {
      this.says?.replaceChildren(...what);
      this.done?.replaceChildren();
    }
    // What is short is said beside the button, where it moves nothing.
    note(text) {
      this.say();
      this.done?.append(text);
    }

    set busy(on) {
      this.working = on;
      this.stops = false;
      clearTimeout(this.waits);
      this.label(this.go, "Run");
      // A second tap is no wish to stop: what is pressed stops once it is seen to.
      const stop = () => {
        this.stops = true;
        this.label(this.go, "Stop");
      };
      if (on) this.waits = setTimeout(stop, 600);
    }
    get busy() {
      return this.working;
    }

    press() {
      if (this.busy) return;
      this.busy = true;
      this.state = "busy";
      this.old = false;
      this.forget?.();
      const { code } = this;
      if (!python?.ready) this.note("Loading Python into this page …");
      queue = queue.then(read).then(() => this.through()).catch((error) => this.fail(error))
        .finally(() => {
          this.busy = false;
          if (this.code !== code) this.age();
        });
    }

    fail(error) {
      this.state = error.stopped ? "stopped" : "broken";
      for (const cell of cells) cell.ran = false;
      const stopped =
        "Stopped. Python restarts, so the cells above will run again before this one.";
      const offline = "You are offline, and this browser has not stored what this cell needs yet.";
      const broken = `This did not run: ${error.message}. Press Run to try again.`;
      this.say(error.stopped ? stopped : navigator.onLine ? broken : offline);
      if (!error.stopped) this.renew().catch(() => {});
    }

    // A page that a cache had kept may be of a former build, whose files its host has no more.
    async renew() {
      const response = await fetch(location.href, { cache: "reload" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const now = page.querySelector("[data-python]").dataset;
      if (now.python === dataset.python && now.cells === dataset.cells) return;
      const lasts = localStorage instanceof Storage; // and not as long as this page
      if (cells.every(({ edited, code, kept }) => !edited || (lasts && code === kept?.trimEnd()))) {
        history.replaceState({ renewed: this.name }, "");
        location.reload();
      } else {
        this.say(
          "The book has been updated since this page was loaded: reload it. This browser has not " +
            "saved what you have written, so copy that first.",
        );
      }
    }
  }

  // An empty cell below an exercise, which knows what the chapter has defined, and whose last
  // value is the answer that the solution computes.
  class Turn extends Cell {
    constructor(section, solution) {
      const pre = make("pre");
      const inside = make("div", { class: "highlight" }, pre);
      const box = make("div", { class: "cell run-turn" });
      const asks = JSON.parse(dataset.asks)[solution.number];
      if (asks) {
        box.append(make("p", { class: "run-asks" }, asks));
      }
      box.append(make("div", { class: "cell_input" }, inside));
      section.querySelector(":scope > details").before(box);
      super(box, `your turn in exercise ${section.id.match(/\d+/)}`);
      Object.assign(this, { turn: true, hint: `# ${(asks ?? "Your turn").split(":")[0]}` });
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
  for (const cell of cells) if (cell.go) cell.restore();

  // A live part has Python compute, too: the outputs of its code, which reads a file. `part.say`
  // hears how it comes to it, as a cell does.
  globalThis.runPython = {
    run(source, file, part) {
      const teller = { name: "a live part", note: part.say, show() {}, ...part };
      const tell = (data) => Cell.prototype.hear.call(teller, data, teller);
      const code = { name: teller.name, source, file };
      const came = queue.then(read).then(() => python.run(code, tell));
      queue = came.catch(() => cells.forEach((cell) => (cell.ran = false)));
      return came.then(({ outputs }) => outputs);
    },
    stop: () => python.stop(),
  };

  const renewed = cells.find(({ name }) => name === history.state?.renewed);
  if (renewed) {
    renewed.say("The book had been updated, so this page was reloaded. Press Run.");
    history.replaceState(null, "");
  }

  const shared = cells.find(({ box }) => box.matches(".tag_share"));
  if (shared) {
    pageLink.follow("code", (code) => {
      shared.take(code, true);
      shared.box.scrollIntoView({ block: "center" });
    });
  }
})();
