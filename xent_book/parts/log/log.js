/* A training log, drawn, with what `read_log` says of it pinned on its curve. A reader's own log
   is read by Python, in the page's worker: here it is only drawn. */
(() => {
  "use strict";
  const { Live, axis, choices, circle, listing, minus, path, safe, text } = xent;

  const HIGH = 250, TOP = 26, LEFT = 40, FOOT = 30; // of the drawing, in pixels
  const TYPED = 100_000; // characters: more is not put into the field
  const EPOCHS = 40; // more lines than that say nothing
  const YOURS = "yours";

  const large = (x) => x.toLocaleString("en", { maximumFractionDigits: 2 });
  const size = (bytes) => `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`;
  const isNumber = (y) => y !== null;
  // All but what it took for the curves, which are drawn.
  const listed = ({ findings }) => findings.filter(({ name }) => name !== "format");

  // Round numbers from low to high, some six of them.
  const round = (low, high, count) => {
    const least = 10 ** Math.floor(Math.log10((high - low) / count || 1)),
      step = [1, 2, 5, 10].map((x) => x * least).find((x) => (high - low) / x <= count) ?? least;
    const from = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - from + 1 }, (_, i) => (from + i) * step);
  };
  // Round numbers of a logarithmic axis: powers of ten, with 2 and 5 between if there are few.
  const powers = (low, high) =>
    [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6]
      .flatMap((k) => (high < 1000 * low ? [1, 2, 5] : [1]).map((y) => Number(`${y}e${k}`)))
      .filter((y) => y >= low && y <= high);

  // The axes of a reading: the loss by its logarithm where it goes that far.
  const axes = ({ curves, levels }) => {
    const x = curves.flatMap((one) => one.x);
    const y = curves.flatMap((one) => one.y).filter(isNumber);
    if (!y.length) y.push(0);
    const most = Math.max(...y), least = Math.min(...y);
    const lines = levels.filter(([level]) => level < 1.3 * most && level > 0.2 * least);
    const ends = [...y, ...lines.map(([level]) => level)];
    const low = Math.min(...ends), high = Math.max(...ends);
    const log = low > 0 && high > 20 * low;
    const scale = (value) => (log ? Math.log(value) : value);
    const room = scale(high) - scale(low) || 1;
    return {
      lines,
      first: Math.min(...x),
      last: Math.max(...x),
      low,
      high,
      log,
      up: (value) => (scale(value) - scale(low)) / room,
    };
  };

  // A reading as the part of an address, and back.
  const through = async (bytes, stream) =>
    new Uint8Array(
      await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer(),
    );
  const packed = async (reading) => {
    const bytes = await through(JSON.stringify(reading), new CompressionStream("deflate-raw"));
    const code = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return code.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const unpacked = async (code) => {
    const text = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const stream = new DecompressionStream("deflate-raw");
    const reading = JSON.parse(new TextDecoder().decode(await through(bytes, stream)));
    const { curves, levels, findings, epoch } = reading;
    const numbers = [epoch, findings.map(({ at }) => at), levels.map(([level]) => level)]
      .concat(curves.map(({ x, y, means }) => [x, y, means])).flat(Infinity);
    if (!numbers.every((x) => x === null || Number.isFinite(x))) throw new Error("no numbers");
    return reading;
  };

  // What a reader types, for Python: a number, or else a text, which Python refuses.
  const literal = (typed) => {
    const plain = typed.trim().replace(/[,\s_](?=\d{3}(\D|$))/g, "");
    if (!plain) return "None";
    return /^[-+]?(\d+\.?\d*|\.\d+)(e\d+)?$/i.test(plain) ? plain : JSON.stringify(typed);
  };

  class Log extends Live {
    start() {
      const id = this.name;
      this.live.innerHTML = `${
        choices(id, "Look at", [...Object.keys(this.config.readings), YOURS])
      }
      <div class="x-curves x-halo"></div>
      <div class="x-findings x-pile"></div>
      <label for="${id}">Your log</label>
      <textarea id="${id}" rows="2" spellcheck="false" autocomplete="off"
        placeholder="step 100 | loss 2.43. Paste lines, or drop a file here."></textarea>
      <p class="x-under"><small>It never leaves this page.</small></p>
      <div class="x-given"><label>vocabulary V<input name="vocabulary" inputmode="numeric"
        autocomplete="off"></label><label>steps per epoch<input name="steps_per_epoch"
        inputmode="decimal" autocomplete="off"></label><label class="x-file"><input type="file"
        class="visually-hidden"><span class="x-press">Choose a file</span></label><button
        class="x-go"></button></div>
      <p class="x-says"></p>
      <p class="visually-hidden" role="status"></p>`;
      [this.plot, this.told, this.field, this.go, this.says] = this.all(
        "textarea, .x-go, .x-says, .x-curves, .x-findings",
      );
      [this.vocabulary, this.steps] = this.all(".x-given [name]");
      this.file = this.one("[type=file]");
      this.readings = { ...this.config.readings };
      this.take();
      addEventListener("resize", () => this.draw());
      addEventListener("load", () => this.offer());
      this.offer();
      this.show(Object.keys(this.readings)[0]);
      clearTimeout(this.later); // said when something changes, not at first
    }

    // What a reader does: chooses, types, pastes, drops, presses.
    take() {
      this.live.addEventListener("change", ({ target }) => {
        if (target.type === "radio") this.show(target.value);
      });
      this.go.onclick = () => (this.busy ? runPython.stop() : this.read());
      this.live.addEventListener("keydown", ({ key, target, ctrlKey, metaKey }) => {
        const field = [this.vocabulary, this.steps].includes(target);
        const lines = target === this.field && (ctrlKey || metaKey);
        if (key === "Enter" && (field || lines)) this.read();
      });
      this.field.oninput = () => {
        this.blob = undefined;
        this.offer();
      };
      this.file.onchange = () => this.bring(this.file.files[0]);
      this.field.onpaste = (event) => {
        const pasted = event.clipboardData.getData("text");
        if (pasted.length > TYPED) {
          event.preventDefault();
          this.bring(new File([pasted], "What you pasted"));
        } else setTimeout(() => this.read()); // once it is there
      };
      this.ondragover = (event) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
        this.live.classList.add("x-dropping");
      };
      this.ondragleave = () => this.live.classList.remove("x-dropping");
      this.ondrop = (event) => {
        this.live.classList.remove("x-dropping");
        const [file] = event.dataTransfer.files;
        if (!file) return;
        event.preventDefault();
        this.bring(file);
      };
    }

    bring(file) {
      if (!file || this.busy || !globalThis.runPython) return;
      this.blob = file;
      this.field.value = "";
      this.field.placeholder = `${file.name}, ${size(file.size)}`;
      this.offer();
      this.read();
    }

    // Whether there is Python here, and something to read.
    offer() {
      const none = !globalThis.runPython, own = this.blob || this.field.value.trim();
      for (const one of this.all("textarea, .x-given input")) one.disabled = none;
      this.go.disabled = none || !(own || this.busy);
      this.go.textContent = this.busy ? "Stop" : "Read it";
      // The part's own page says in its first lines where that is done.
      const said = document.body.matches(".embed")
        ? ""
        : "Six logs, and what xent-log says of them. In a shell, xent-log run.log reads yours.";
      if (none || this.says.textContent === said) this.says.textContent = none ? said : "";
      // What can't be used is gone, once it is known that no Python will come.
      const never = document.readyState === "complete" ||
        !document.querySelector("script[data-python]");
      this.live.classList.toggle("x-shut", none && never);
    }

    // What pressed.js tells of a cell, it tells of this.
    note(...what) {
      this.says.replaceChildren(...what);
    }

    async read() {
      if (this.busy || this.go.disabled) return;
      this.busy = true;
      this.offer();
      this.note("Reading …");
      this.say("Reading …");
      const more = [this.vocabulary, this.steps].map(({ value }) => literal(value));
      const source = "import pathlib, xent_book.parts\n" +
        `xent_book.parts.Log(pathlib.Path("/tmp/given"), ${more.join(", ")})`;
      const given = this.blob ?? this.field.value, file = new Blob([given]);
      try {
        const outputs = await runPython.run(source, file, { say: (...x) => this.note(...x) });
        const failed = outputs.find(({ evalue }) => evalue !== undefined);
        if (failed) throw new Error(failed.evalue || failed.ename);
        const page = outputs.at(-1).data["text/html"];
        const part = new DOMParser().parseFromString(page, "text/html").querySelector("xent-log");
        this.note("");
        this.give(JSON.parse(part.getAttribute("config")).readings[YOURS]);
        this.given = given;
        this.plot.scrollIntoView({ block: "nearest" });
      } catch (error) {
        this.note(error.stopped ? "Stopped." : error.message);
        if (!error.stopped && given !== this.given) this.forget();
        this.say(this.says.textContent);
      }
      this.busy = false;
      this.offer();
    }

    give(reading) {
      const before = this.readings[YOURS];
      try {
        this.readings[YOURS] = reading;
        this.show(YOURS);
      } catch (error) {
        this.readings[YOURS] = before;
        throw error;
      }
    }

    // What could not be read has no curve: that of the log before would pass for its own.
    forget() {
      this.given = undefined;
      delete this.readings[YOURS];
      if (this.shown === YOURS) this.show(Object.keys(this.readings)[0]);
    }

    // An example by its name, and a reader's own curve as it is.
    sent() {
      return this.shown === YOURS ? packed(this.readings[YOURS]) : this.shown;
    }

    async follow(code) {
      if (Object.hasOwn(this.config.readings, code)) return this.show(code);
      try {
        this.give(await unpacked(code));
      } catch { /* not what it should be */ }
    }

    state() {
      return { shown: this.shown };
    }

    update() {
      this.show(this.shown);
    }

    show(name) {
      this.shown = name;
      this.draw();
      // One upon the other, so that all examples take the room of the longest.
      this.told.innerHTML = listing(Object.entries(this.readings), ([key, one]) => {
        const said = listing(
          listed(one),
          ({ name, words }) => `<li><b>${safe(name)}:</b> ${safe(words)}.</li>`,
        );
        const needs = one.needs.length
          ? `More could be found with ${safe(one.needs.join(", and "))}.`
          : "";
        return `<div class="x-text" ${
          key === name ? "" : "off"
        }><ol>${said}</ol><p class="x-how">${needs}</p></div>`;
      });
      for (const one of this.all("[type=radio]")) {
        one.checked = one.value === name;
        one.parentElement.hidden = !(one.value in this.readings);
      }
      const found = listed(this.readings[name]);
      const count = found.length === 1 ? "1 finding" : `${found.length} findings`;
      this.say(`${name}: ${count}. ${found.map((one) => `${one.name}: ${one.words}.`).join(" ")}`);
    }

    draw() {
      const reading = this.readings[this.shown], { curves, epoch } = reading;
      const wide = this.live.clientWidth || 640;
      const { lines, first, last, low, high, log, up } = axes(reading);
      // Names stand to the right of their curves, unless they are too long for that.
      const called = ({ name, means }) => means ? `mean ${name}` : name;
      const longest = Math.max(...curves.map((one) => called(one).length));
      const base = HIGH - FOOT, end = wide - Math.min(10 + 7 * longest, 0.3 * wide);
      const X = (x) => LEFT + (end - LEFT) * (x - first) / (last - first || 1);
      const Y = (y) => base - (base - TOP) * up(y);
      const place = (x, y) => `${X(x).toFixed(1)} ${Y(y).toFixed(1)}`;

      // A curve breaks where it is not a number.
      const line = (name, x, y) =>
        path(
          name,
          y.map((value, i) =>
            isNumber(value) ? `${isNumber(y[i - 1] ?? null) ? "L" : "M"}${place(x[i], value)}` : ""
          ).join(""),
        );
      const curve = ({ x, y, split, means }) => {
        const name = split === "validation" ? "x-valid x-ink" : "x-train";
        return line(means ? `${name} x-fine` : name, x, y) + (means ? line(name, ...means) : "");
      };
      const marks = (log ? powers : (a, b) => round(a, b, 5))(low, high);
      const whole = curves.every((one) => one.x.every(Number.isInteger));
      const few = wide <= 500; // then the ends alone
      const steps = round(first, last, few ? 3 : 6)
        .filter((x) => Number.isInteger(x) || !whole)
        .filter((_, i, all) => !few || !i || i === all.length - 1);
      const ends = epoch && (last - first) / epoch <= EPOCHS
        ? Array.from({ length: Math.floor(last / epoch) }, (_, i) => (i + 1) * epoch)
        : [];
      const digits = marks.every((y) => Number.isInteger(y))
        ? 0
        : marks[1] - marks[0] < 0.1
        ? 2
        : 1;
      const write = (y) => (log ? `${Number(y.toPrecision(3))}` : minus(y.toFixed(digits)));

      // Names at the right, and no two in the same place.
      let taken = Infinity;
      const names = curves.map((one) => ({
        name: called(one),
        held: one.split === "validation",
        y: Y(one.y.findLast(isNumber) ?? low),
      })).sort((a, b) => b.y - a.y).map((one) => {
        taken = Math.min(one.y + 5, taken - 16);
        return text(wide, taken.toFixed(1), safe(one.name), `x-end ${one.held ? "x-ink" : ""}`);
      });

      const used = [];
      const pins = listed(reading).map(({ at, on }, i) => {
        if (!isNumber(at ?? null)) return "";
        const nearest = (list) =>
          list.reduce((a, x, j) => (Math.abs(x - at) < Math.abs(list[a] - at) ? j : a), 0);
        const own = curves.find(({ name }) => name === on) ?? curves[0], x = X(at);
        const y = Y(own.y[nearest(own.x)] ?? high);
        let top = Math.max(12, y - 22);
        while (used.some(([a, b]) => Math.hypot(a - x, b - top) < 22)) top += 23;
        used.push([x, top]);
        return path("x-thin x-ink", `M${x.toFixed(1)} ${top.toFixed(1)}V${y.toFixed(1)}`) +
          circle(x.toFixed(1), top.toFixed(1), 10, "x-mark") +
          text(x.toFixed(1), (top + 4).toFixed(1), i + 1, "x-mid x-digit");
      });

      const [main] = curves;
      const spoken = curves.map((one) =>
        `${one.name} from ${one.y.find(isNumber)} to ${one.y.findLast(isNumber)}`
      ).join(", ");
      this.plot.innerHTML = `<svg viewBox="0 0 ${wide} ${HIGH}" role="img" aria-label="${
        safe(`${spoken}, over ${main.unit} ${large(first)} to ${large(last)}`)
      }">
      ${listing(ends, (x) => path("x-grid", `M${X(x).toFixed(1)} ${TOP}V${base}`))}
      ${path("x-axis", `M${LEFT} ${base}H${end}`)}
      ${listing(marks, (y) => text(LEFT - 8, (Y(y) + 4).toFixed(1), write(y), "x-end"))}
      ${
        axis(
          base,
          steps.map((x) => [
            X(x).toFixed(1),
            x === steps.at(-1) ? `${safe(main.unit)} ${large(x)}` : large(x),
            X(x) > end - 30 ? "x-end" : "x-mid",
          ]),
        )
      }
      ${
        listing(lines, ([level, name]) =>
          path("x-dash", `M${LEFT} ${Y(level).toFixed(1)}H${end}`) +
          text(
            0.72 * wide,
            (Y(level) - 6).toFixed(1),
            `${safe(name)} ${level.toFixed(2)}`,
            "x-mid",
          ))
      }
      ${curves.map(curve).join("")}${names.join("")}${pins.join("")}</svg>`;
    }
  }

  Object.assign(xent, { logPacked: packed, logUnpacked: unpacked, logAxes: axes, literal });
  customElements.define("xent-log", Log);
})();
