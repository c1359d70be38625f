/* Which fault gives these numbers: each has its place on a plan, whose door is the right loss. */
(() => {
  "use strict";
  const { Live, clamp, listing, minus, safe } = xent;

  // As figure and fits of __init__.py.
  const figure = (x) => {
    if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "NaN";
    return minus(String(Number(x.toPrecision(4)) || 0));
  };
  // As if it were typed: its digits say that it is exact.
  const exact = (x) => {
    const round = Math.abs(x) >= 1e4 && Number(x.toPrecision(4)) === x; // not 3.210e+4
    return Number.isFinite(x) && !round ? minus(x.toPrecision(4)) : figure(x);
  };
  const number = (text) =>
    Number(text.replace("−", "-").replace(",", ".").replace(/∞|inf(inity)?$/i, "Infinity"));
  const fits = (typed, x) => {
    if (!typed) return true;
    const value = number(typed);
    if (!Number.isFinite(value) || !Number.isFinite(x)) {
      return !Number.isFinite(value) && !Number.isFinite(x);
    }
    const [digits, power] = typed.replace(",", ".").toLowerCase().split("e");
    const last = 10 ** (Number(power ?? 0) - (digits.split(".")[1] ?? "").length);
    return Math.abs(value - x) <= 0.5 * last + 2e-6 * Math.abs(x);
  };
  const isNumber = (typed) =>
    /^([-+−]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|nan|[-+−]?(∞|inf(inity)?))?$/i.test(typed);

  const find = (entries, near, far) =>
    entries.filter((one) => fits(near, Number(one[3])) && fits(far, Number(one[4])));

  // As Python prints a number: np.float64(0.49), tensor(0.49, grad_fn=…).
  const plain = (text) => text.trim().replace(/^[\w.]+\(([^),]*).*$/, "$1");

  const spot = ([, , , near, far]) => [near, far].map((x) => figure(Number(x))).join();
  const grouped = (list, key) => {
    const groups = new Map();
    for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
    return groups;
  };

  // A size that is not among the usual ones: of a cap, or of a divisor.
  const size = (right, near, far) => {
    const [a, b] = right.slice(3).map(Number), [x, y] = [near, far].map(number);
    if (near && far && Math.abs(x / a - y / b) < 0.002 * Math.abs(y / b)) {
      const base = [2, 10].find((n) => Math.abs(y / b * Math.log(n) - 1) < 0.002);
      const log = base && ` (the logarithm to base ${base} gives that, too: Room 10)`;
      const sign = y / b < 0 ? ", and their sign is flipped" : "";
      return [`Both are ${figure(Math.abs(y / b))} times what they should be${log ?? sign}`, 2];
    }
    if (near && far && fits(near, a) && y > 0 && y < b) {
      return [`A cap: p has a floor of ${Math.exp(-y).toExponential(1)}, whose −ln is ${far}`, 11];
    }
  };

  // What a number would be in the other row, if both are only multiplied.
  const partner = (right, near, far) => {
    const [a, b] = right.slice(3).map(Number);
    return near ? number(near) * b / a : number(far) * a / b;
  };

  const some = (n, does) => `${n} known fault${n === 1 ? ` ${does}s` : `s ${does}`}`;

  // What holds of what is typed: a head, lines, faults by name, numbers that may come next.
  const verdict = (entries, near, far, examples = []) => {
    if (![near, far].every(isNumber)) return { head: "A loss is a number, or NaN, or ∞." };
    if (!near && !far) {
      return {
        head: "Which numbers does yours print?",
        lines: [
          "Type them, or drag ↔ and ↕ to see which bug prints a number.",
          "For a loss on your own data, use [the ruler].",
        ],
      };
    }
    const found = find(entries, near, far), open = near ? 4 : 3;
    if (!found.length) return unknown(entries[0], near, far, examples);
    const others = grouped(found, (one) => figure(Number(one[open])));
    return near && far || others.size === 1 ? named(found, near, far) : asked(found, others, near);
  };

  const MOST = 2, // faults
    CHOICES = 6; // numbers of the other row

  const asked = (found, others, near) => {
    const right = !found[0][2], n = found.length - right;
    const usual = [...others].filter(([, all]) => all.some((one) => one[5]));
    const rest = others.size - Math.min(usual.length, CHOICES);
    return {
      head: right ? `Right so far: ${some(n, "print")} it, too.` : `${some(n, "print")} it.`,
      lines: [`What does the ${near ? "far" : "near"} row print?`],
      choices: usual.slice(0, CHOICES).map((
        [x, all],
      ) => [x, [...new Set(all.map((one) => one[2]))].sort((a, b) => a - b)]),
      rest: rest ? `or ${rest === 1 ? "another" : `one of ${rest} others`}` : "",
    };
  };

  const named = (found, near, far) => {
    const more = found.length - 1, inOrder = found.toSorted((a, b) => a[2] - b[2]);
    if (!found[0][2]) {
      const same = `${some(more, "give")} the same. More digits would tell them apart.`;
      return { head: "✓ Right, as far as these rows show.", lines: more ? [same] : [] };
    }
    const lines = more >= MOST ? [`And ${found.length - MOST} more: tap the dark mark.`] : [];
    if (!far) lines.push(`With this bug, the far row prints ${figure(Number(found[0][4]))}.`);
    if (!near) lines.push(`With this bug, the near row prints ${figure(Number(found[0][3]))}.`);
    return { faults: inOrder.slice(0, MOST), lines };
  };

  // The rooms whose own examples, of other logits, print a number.
  const shown = (examples, typed) => {
    const those = examples.filter(([, text]) => isNumber(text) && fits(typed, number(text)));
    const rooms = [...new Set(those.map(([room]) => `[Room ${room}]`))];
    const print = rooms[1] ? "print it for their own examples" : "prints it for its own example";
    return rooms.length ? [`${rooms.join(" and ")} ${print}.`] : [];
  };

  const unknown = (right, near, far, examples) => {
    const sized = size(right, near, far), typed = near || far, other = near ? "far" : "near";
    if (sized) return { room: sized[1], lines: [`${sized[0]}.`] };
    if (near && far) {
      const lines = ["Perhaps two at once: [the doctor] tries every pair, and all sizes."];
      return { head: "No known fault prints both.", lines };
    }
    const head = `No known fault prints ${minus(typed)}.`, x = number(typed);
    if (x < 0) {
      return { head, lines: ["No −ln p is below 0: look for a flipped sign ([Room 13])."] };
    }
    const factor = figure(x / Number(right[near ? 3 : 4]));
    const both = figure(partner(right, near, far)); // multiplied by it
    return {
      head,
      lines: [
        ...shown(examples, typed),
        "For a loss on your own data, use [the ruler].",
        `Otherwise it is ${factor} times the right number. Try the ${other} row next: if that ` +
        `prints ${both}, a divisor is wrong ([Room 2]).`,
      ],
    };
  };

  // Where the numbers of a row are, from 0 to 1. Those above 0 are placed by their factor to the
  // right one, with more room near it: just a factor is as far in both rows. Then comes a lane of
  // what is not a number, and at the other end those of 0 and of what is negative.
  const ROOM = 0.4, WALL = 0.5, BELOW = 2.9, ABOVE = 2.1; // in widths of the lane of 0
  class Axis {
    constructor(right, low, high, lane = 0.5) {
      Object.assign(this, { right, low, high, lane, from: low - BELOW * lane });
      this.to = high + ABOVE * lane;
    }
    // With the lane of 0 as wide as pixels, of so many in all.
    fit(all, pixels) {
      const { right, low, high } = this, rest = all - (BELOW + ABOVE) * pixels;
      return new Axis(right, low, high, (high - low) * pixels / rest);
    }
    // Where the lanes begin and end.
    get walls() {
      return [this.high, this.low, this.low - this.lane]
        .map((at, i) => at + (i ? -WALL : WALL) * this.lane);
    }
    share(at) {
      return (at - this.from) / (this.to - this.from);
    }
    place(x) {
      if (!Number.isFinite(x)) return this.high + 1.3 * this.lane;
      if (x > 0) return clamp(Math.asinh(Math.log(x / this.right) / ROOM), this.low, this.high);
      return this.low - this.lane * (x ? 1.8 + 0.3 * Math.min(3, Math.log10(1 - x)) : 1);
    }
    number(share) {
      const at = this.from + share * (this.to - this.from), below = (this.low - at) / this.lane;
      if (at > this.high + WALL * this.lane) return Infinity;
      if (below > 1 + WALL) return 1 - 10 ** clamp((below - 1.8) / 0.3, 0.03, 3);
      if (below > WALL) return 0;
      return this.right * Math.exp(ROOM * Math.sinh(clamp(at, this.low, this.high)));
    }
  }
  const axes = (right) => [new Axis(right[0], -2.55, 2.45), new Axis(right[1], -3.95, 2.45)];

  const MARKS = [
    [0.05, 0.1, 0.2, 0.3, 1, 2, 4, 0.7],
    [1, 20, 100, 500, 2000, 8000, 0.1, 5, 800, 1200],
  ];
  // In pixels: the plan, without its size; a hold, a pin, and a dot of the room that has most.
  const LEFT = 58, TOP = 24, FOOT = 56, LANE = 20, PIN = 9.5, DOT = 4.5, MANY = 13, CLEAR = 44;

  const AISLE = 20, HALF = 8; // half a corridor, and half a line of a name
  const HALLS = [
    ["both too low", "near too low, far too high"],
    ["near too high, far too low", "both too high"],
  ];
  // The factors where the line of factors ends, and where it may have its name.
  const ENDS = [1 / 10, 10],
    ALONG = [0.5, 0.63, 0.3, 0.2, 0.12, 2.5, 3, 5, 8];
  const IDLE = [0.62, 600]; // where a line’s hold is, as long as there is no line
  // All of it grows with the reader’s letters.
  const rem = (pixels) => `${pixels / 16}rem`;
  const scale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const written = (x, y, words, more = "x-mid") =>
    `<text x="${x}" y="${y}" class="${more}">${words}</text>`;

  // What a name lies over ends before it, and goes on after it.
  const over = ([left, top, right, foot]) =>
    `<rect class="x-behind" x="${left}" y="${top}" width="${right - left}" height="${
      foot - top
    }"/>`;

  // Pins that would lie on another move aside, and a stem leads to their place; the door stays.
  const part = (pins, width, ground) => {
    for (let k = 0; k < 300; k++) {
      pins.forEach((a, i) => pins.slice(0, i).forEach((b) => push(a, b)));
      for (const pin of pins) {
        pin.x = clamp(pin.x, LEFT + pin.r, width - pin.r);
        pin.y = clamp(pin.y, TOP + PIN, ground - PIN);
      }
    }
  };
  const push = (a, b) => {
    const dx = a.x - b.x || 0.1, dy = a.y - b.y, far = Math.hypot(dx, dy);
    const door = !b.rooms[0], lack = (a.r + b.r + (door ? 7 : 4) - far) / far / (door ? 1 : 2);
    if (lack <= 0) return;
    a.x += lack * dx;
    a.y += lack * dy;
    if (door) return;
    b.x -= lack * dx;
    b.y -= lack * dy;
  };

  const meets = ([left, top, right, foot]) => (box) =>
    right > box[0] && left < box[2] && foot > box[1] && top < box[3];

  class Plan extends Live {
    start() {
      const names = ["near", "far"], { rows, entries } = this.config;
      this.live.innerHTML = `
      <p class="x-line">Type what your loss prints</p>
      <p class="x-asked">${
        listing(names, (name, k) =>
          `<label><span>${name} row, <em>mat</em> came:<br>${
            rows[k]
          }</span><input name="${name}" autocomplete="off" placeholder="your loss"></label>`)
      }</p>
      <div class="x-verdict"></div>
      <p class="x-under x-whose"><button class="x-yours">Reset</button><button
        class="x-yours x-link"></button></p>
      <div class="x-plan"><svg aria-hidden="true"></svg>${
        listing(names, (name) =>
          `<input type="range" min="0" step="1" aria-label="${name} row, the known numbers">`)
      }<div role="group" aria-label="known faults"></div><p class="x-tip" hidden></p></div>
      <p class="x-key"><small>${
        listing([...new Set(entries.map((one) => one[2]))].sort((a, b) => a - b), (room) => {
          const [title, anchor] = this.config.rooms[room] ?? [];
          const mark = room === MANY ? "●" : `<i>${room}</i>`;
          return title ? `<span>${mark} <a href="#${anchor}">${safe(title)}</a></span> ` : "";
        })
      }<span><s></s> other constants</span>
        <span><i class="x-lit">&nbsp;</i> your number</span></small></p>
      <p class="visually-hidden" role="status"></p>`;
      this.inputs = names.map((name) => this.one(`[name=${name}]`));
      this.sliders = this.all("[type=range]");
      this.svg = this.one("svg");
      this.group = this.one("[role=group]");
      this.axes = axes(entries[0].slice(3, 5).map(Number));
      this.live.addEventListener("input", ({ target }) => {
        this.call(); // what was pointed at is no answer to it
        const k = this.sliders.indexOf(target);
        if (k < 0) this.type(this.inputs.map((input) => input.value));
        else this.write(k, exact(this.known(k)[target.value]));
      });
      this.live.addEventListener("click", ({ target }) => {
        const yours = target.closest(".x-yours");
        if (yours) yours === this.sender ? this.send() : this.type(["", ""], 0);
        const pin = this.pinOf(target);
        if (pin) this.take(pin);
        const choice = target.closest("[data-row]");
        if (choice) this.write(choice.dataset.row, choice.value, choice.dataset.row);
      });
      this.texts = this.config.given;
      this.examples = [...document.querySelectorAll("[id^=room-] .xent-exhibit td")]
        .map((cell) => [cell.closest("[id^=room-]").id.match(/\d+/)[0], cell.textContent]);
      this.sender = this.one(".x-link");
      this.sender.hidden = !globalThis.pageLink;
      this.group.onkeydown = (event) => this.walk(event);
      this.group.addEventListener("focusin", ({ target }) => this.call(this.pinOf(target)));
      for (const left of ["focusout", "pointerleave"]) {
        this.one(".x-plan").addEventListener(left, () => this.call());
      }
      this.listen();
      new ResizeObserver(() => this.lay()).observe(this.svg);
      this.lay();
      globalThis.pageLink?.follow("doctor", (text) => {
        const texts = text.split("~");
        if (texts.length !== names.length) return;
        this.type(texts);
        this.scrollIntoView({ block: "center" });
      });
      clearTimeout(this.later); // said when something changes, not at first
    }

    // Pulled sideways anywhere, the near row’s line comes along; the far row’s is pulled by its
    // axis, but not by a finger, whose way up and down is the page’s: that taps.
    listen() {
      let far, start, moved;
      const at = ({ clientX, clientY }) => {
        const { left, top } = this.svg.getBoundingClientRect();
        return [clientX - left, clientY - top].map((pixels) => pixels / scale());
      };
      const pull = (event) => this.write(far, exact(this.snap(far, at(event)[far])));
      this.svg.addEventListener("pointerdown", (event) => {
        start = at(event);
        far = Number(start[0] < LEFT);
        moved = false;
      });
      this.svg.addEventListener("pointermove", (event) => {
        const [x, y] = at(event), pin = this.pinAt(x, y);
        this.svg.style.cursor = pin ? "pointer" : x < LEFT ? "ns-resize" : "";
        this.call(pin);
        if (!(event.buttons & 1)) start = undefined; // pressed elsewhere
        if (!start || far && event.pointerType !== "mouse") return;
        if (!moved && Math.abs(at(event)[far] - start[far]) < 4) return;
        moved = true;
        this.svg.setPointerCapture(event.pointerId);
        pull(event);
      });
      this.svg.addEventListener("lostpointercapture", () => (start = undefined));
      this.svg.addEventListener("click", (event) => {
        const [x, y] = at(event), pin = this.pinAt(x, y), edge = far || y > this.ground;
        if (moved) return;
        if (edge && Math.abs([x, y][far] - this.ends[far]) < (far ? 14 : 30)) this.next(far);
        else if (pin) {
          this.take(pin);
          this.call(pin); // a finger does not hover
        } else if (edge) pull(event);
      });
    }

    take({ near, far }) {
      this.type([near, far].map(exact));
    }

    pinOf(mark) {
      return this.pins[[...this.group.children].indexOf(mark)];
    }

    // What a mark is, beside it.
    call(pin) {
      const tip = this.one(".x-tip");
      tip.hidden = !pin;
      if (!pin) return;
      tip.textContent = pin.words;
      const [wide, high] = [tip.offsetWidth, tip.offsetHeight].map((pixels) => pixels / scale());
      const above = pin.y - pin.r - 6 - high;
      Object.assign(tip.style, {
        left: rem(clamp(pin.x - wide / 2, 0, this.width - wide)),
        top: rem(above > 0 ? above : pin.y + pin.r + 6),
      });
    }

    // From mark to mark by arrows: one stop of the tab key for all of them.
    walk(event) {
      const marks = [...this.group.children], at = marks.indexOf(event.target);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const to = { Home: marks[0], End: marks.at(-1) }[event.key] ?? (step && marks[at + step]);
      if (!to) return;
      event.preventDefault();
      marks.forEach((mark) => (mark.tabIndex = mark === to ? 0 : -1));
      to.focus({ preventScroll: true });
    }

    next(k) {
      const known = this.known(k).map(exact), typed = minus(plain(this.texts[k]));
      this.write(k, known[(known.indexOf(typed) + 1) % known.length]);
    }

    state() {
      return { texts: this.texts };
    }

    write(k, text, focus) {
      this.type(this.texts.map((old, i) => (i === Number(k) ? text : old)), focus);
    }

    async send() {
      const doctor = this.texts.join("~");
      this.say(this.sender.textContent = await pageLink.copy({ doctor }));
    }

    type(texts, focus) {
      this.texts = texts;
      this.update();
      this.inputs[focus]?.focus({ preventScroll: true });
    }

    // The numbers of a row that somebody’s fault gives: of the far one, with the near one.
    known(k) {
      const { entries } = this.config, near = plain(this.texts[0]);
      const fit = k && isNumber(near) ? find(entries, near, "") : [];
      const all = (fit.length ? fit : entries).map((one) => Number(one[3 + k]));
      const each = new Map(all.map((x) => [figure(x), x]));
      return [...each.values()].sort((a, b) => Number.isNaN(a) - Number.isNaN(b) || a - b);
    }

    // In pixels: where a number is; and what is there, or somebody’s close by.
    pixel(k, x) {
      return this.at(k, this.axes[k].place(x));
    }
    at(k, place) {
      const share = this.axes[k].share(place);
      return k ? this.ground - this.high * share : LEFT + (this.width - LEFT) * share;
    }
    snap(k, pixel) {
      const away = (x) => Math.abs(this.pixel(k, x) - pixel);
      const closest = this.known(k).reduce((a, b) => (away(b) < away(a) ? b : a));
      if (away(closest) < 8) return closest;
      const share = k ? (this.ground - pixel) / this.high : (pixel - LEFT) / (this.width - LEFT);
      return Number(this.axes[k].number(share).toPrecision(3));
    }
    pinAt(x, y) {
      const away = (pin) => Math.hypot(pin.x - x, pin.y - y) - pin.r;
      const closest = this.pins.reduce((a, b) => (away(b) < away(a) ? b : a));
      if (away(closest) < 7) return closest;
    }

    // A pin for each place.
    lay() {
      this.width = this.svg.clientWidth / scale() || 592;
      // Within a window, where names have room beside each other.
      this.high = this.width > 800 ? 380 : this.width > 560 ? 480 : 460;
      this.ground = TOP + this.high;
      const sizes = [this.width - LEFT, this.high];
      this.axes = this.axes.map((axis, k) => axis.fit(sizes[k], LANE));
      this.svg.style.height = rem(this.ground + FOOT);
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.ground + FOOT}`);
      const usual = this.config.entries.filter((one) => one[5]);
      this.pins = [...grouped(usual, spot)].map(([key, all]) => {
        const [near, far] = all[0].slice(3, 5).map(Number);
        const rooms = [...new Set(all.map((one) => one[2]))].sort((a, b) => a - b);
        const words = listing(rooms, (room) => {
          const what = all.filter((one) => one[2] === room).map(([text]) => text).join("; or ");
          return `${room ? `Room ${room}: ` : ""}${what}. `;
        });
        const name = all[0][6] + (all[1] ? ` +${all.length - 1}` : "");
        const [left, top] = [this.pixel(0, near), this.pixel(1, far)];
        const r = rooms[0] === MANY ? DOT : PIN + 8 * (rooms.length - 1);
        return { key, near, far, rooms, r, name, words, left, top, x: left, y: top };
      });
      part(this.pins, this.width, this.ground);
      this.pen = document.createElement("canvas").getContext("2d");
      this.pen.font = `12.8px ${getComputedStyle(this).fontFamily}`;
      this.rooms = this.halls();
      this.drawn = this.crossed();
      this.group.innerHTML = listing(
        this.pins,
        ({ x, y, r, words, near, far }, i) =>
          `<button style="left: ${rem(x - Math.max(12, r))}; top: ${rem(y - 12)}; width: ${
            rem(Math.max(24, 2 * r))
          }" tabindex="${i ? -1 : 0}" aria-label="${
            safe(`${words}Near ${figure(near)}, far ${figure(far)}.`)
          }"></button>`,
      );
      this.plan = this.drawRooms() + this.sizes() + this.factors();
      this.update();
    }

    update() {
      const typed = this.texts.map(plain), wrong = typed.map((text) => !isNumber(text));
      this.inputs.forEach((input, k) =>
        Object.assign(input, { value: this.texts[k], ariaInvalid: `${wrong[k]}` })
      );
      this.all(".x-yours").forEach((button) => (button.disabled = !this.texts.join("")));
      this.sender.textContent = "link to this finding";
      const told = verdict(this.config.entries, ...typed, this.examples),
        html = this.html(told, typed);
      if (html !== this.shown) this.one(".x-verdict").innerHTML = this.shown = html;
      this.paint(wrong.includes(true) ? ["", ""] : typed, told.room);
      this.sliders.forEach((slider, k) => this.set(slider, k, typed[k]));
      this.say(this.one(".x-verdict").innerText);
    }

    set(slider, k, typed) {
      const known = this.known(k),
        x = typed && isNumber(typed) ? number(typed) : this.axes[k].right;
      slider.max = known.length - 1;
      const at = known.findIndex((y) => figure(y) === figure(x));
      slider.value = at < 0 ? Math.max(0, known.findLastIndex((y) => y <= x)) : at;
      slider.ariaValueText = typed ? minus(typed) : "not given";
    }

    html({ head, room, faults = [], lines = [], choices = [], rest }, [near]) {
      const strong = head ?? (room && this.link(room));
      const row = near ? 1 : 0;
      const fault = ([what, advice, room], i) =>
        (room === faults[i - 1]?.[2] ? "" : `<p><strong>${this.link(room)}</strong></p>`) +
        `<p>The loss is ${safe(what)}. ${safe(advice)}.</p>`;
      const choice = ([x, rooms]) =>
        `<li><button data-row="${row}" value="${exact(number(x))}"><b>${x}</b> ${
          rooms[0] ? `Room${rooms[1] ? "s" : ""} ${rooms.join(", ")}` : "the door"
        }</button></li>`;
      return (strong ? `<p><strong>${strong}</strong></p>` : "") + listing(faults, fault) +
        listing(lines, (line) => `<p>${this.linked(line)}</p>`) +
        (choices.length ? `<ul>${listing(choices, choice)}<li>${rest}</li></ul>` : "");
    }

    link(room) {
      const [title, anchor] = this.config.rooms[room];
      return `<a href="#${anchor}">Room ${room}: ${safe(title)}</a>`;
    }
    linked(line) {
      const kind = globalThis.location.pathname.match(/\.\w+$/)?.[0] ?? ".html"; // or .ipynb
      const ruler = this.config.ruler.replace("#", `${kind}#`);
      return line.replace("[the ruler]", `<a href="./${ruler}">the ruler</a> (Chapter 7)`)
        .replace(
          /\[Room (\d+)\]/g,
          (name, room) => `<a href="#${this.config.rooms[room][1]}">${name.slice(1, -1)}</a>`,
        )
        .replace("[the doctor]", `<a href="./doctor${kind}#the-doctor">the doctor</a>`);
    }

    // Once a reader gives a number all fade but those that have it, or else the nearest.
    full([near, far], lit, x, y, room) {
      const own = this.texts.join() !== this.config.given.join();
      if (!own || (near ?? far) === undefined) return new Set(this.pins);
      const door = this.pins.find((pin) => !pin.rooms[0]);
      if (room) return new Set([door]); // by its size: it has no pin there
      const some = this.pins.filter((pin) => lit.has(pin.key));
      const away = (pin) =>
        Math.hypot(near === undefined ? 0 : pin.left - x, far === undefined ? 0 : pin.top - y);
      const closest = this.pins.reduce((a, b) => (away(b) < away(a) ? b : a));
      return new Set([door, ...(some.length ? some : [closest])]);
    }

    paint([near, far], room) {
      const hits = near || far ? find(this.config.entries, near, far) : [];
      const lit = new Set(hits.map(spot));
      const given = [near, far].map((text) => (text ? number(text) : undefined));
      const [x, y] = this.ends = [0, 1].map((k) => this.pixel(k, given[k] ?? IDLE[k]));
      const full = this.full(given, lit, x, y, room);
      const rest = this.texts.join() === this.config.given.join();
      const needles = [
        ...(near ? [[x - 3, TOP, x + 3, this.ground]] : []),
        ...(far ? [[LEFT, y - 3, this.width, y + 3]] : []),
      ];
      const signs = this.signs(needles);
      // Who prints the reader's number or is nearest to it is named, and the door; at rest, all.
      const asked = (pin) => lit.has(pin.key) || full.has(pin) && full.size < this.pins.length;
      const named = this.names(needles, signs, [
        ...this.pins.filter((pin) => asked(pin) || !pin.rooms[0]),
        ...(rest ? this.pins.filter((pin) => pin.r >= PIN && !asked(pin)) : []),
      ], asked);
      // Who has typed nothing yet sees the rooms; dots and constants come with a number.
      this.svg.classList.toggle("x-rest", rest);
      const mark = (pin) =>
        `<g${full.has(pin) ? "" : ' class="x-faded"'}>${this.stem(pin)}${
          named.has(pin) ? this.nameOf(pin, named.get(pin)) : ""
        }${this.pin(pin, lit)}</g>`;
      const tags = [this.tag(0, near, x), this.tag(1, far, y)];
      this.svg.innerHTML = this.plan + listing(tags, (tag, k) => this.marks(k, tag)) +
        this.titles() + this.lines(given, x, y) +
        listing(
          signs,
          ({ box, lines }) =>
            over(box) + listing(
              lines.toReversed(),
              (line, i) => written(box[0] + 3, box[3] - 4 - 2 * HALF * i, line, "x-region"),
            ),
        ) +
        listing(this.pins.toSorted((a, b) => full.has(a) - full.has(b)), mark) +
        listing(hits, (one) => (one[5] ? "" : this.dot(one))) +
        (hits.length || !(near || far) ? "" : this.guess(near, far, x, y, room)) +
        listing(tags, (tag, k) => this.hold(k, tag));
    }

    // Four rooms about the door, between two corridors, where one row is right; along the edges
    // lanes of what is no factor.
    halls() {
      const [near, far] = this.axes.map(({ walls: [high, low] }, k) => {
        const [from, right, to] = [low, 0, high].map((at) => this.at(k, at));
        const half = k ? -AISLE : AISLE;
        return [[from, right - half], [right + half, to]];
      });
      return near.flatMap(([left, right], i) =>
        far.map(([foot, top], j) => ({ left, top, right, foot, name: HALLS[i][j] }))
      );
    }
    drawRooms() {
      const lane = (k, at) => k ? `M${LEFT} ${at}H${this.width}` : `M${at} ${TOP}V${this.ground}`;
      const broken = (k, at) =>
        // the scale is another beyond
        `<path class="x-lane" d="${lane(k, at)}"/><path class="x-break" d="M${
          k ? `${LEFT - 5} ${at - 1}l10-5m0 7l-10 5` : `${at - 1} ${this.ground + 5}l5-10m2 0l-5 10`
        }"/>`;
      return `<rect class="x-house" x="${LEFT}" y="${TOP}" width="${
        this.width - LEFT - 1.5
      }" height="${this.high}"/>` +
        listing(
          this.rooms,
          ({ left, top, right, foot }) =>
            `<rect x="${left + 1.5}" y="${top + 1.5}" width="${right - left - 3}" height="${
              foot - top - 3
            }"/>`,
        ) +
        listing(this.axes, ({ walls }, k) => listing(walls, (at) => broken(k, this.at(k, at))));
    }

    // What a room, a lane and the dashed line is called, where that has a place beside a reader's
    // lines and all pins.
    signs(needles) {
      const [above, below] = this.axes[1].walls.map((at) => this.at(1, at));
      const [{ left }, , , { right }] = this.rooms, pins = this.pins.map(this.around);
      const lanes = [[TOP, above, "overflows"], [below, below + LANE, "costs nothing"]]
        .map(([top, foot, does]) => ({ left, right, top, foot, name: `the far row ${does}` }));
      const taken = [...needles, ...pins];
      const put = (lines, boxes, others) => {
        const box = boxes.find((box) => !others.some(meets(box)));
        if (box) taken.push(box);
        return box ? [{ box, lines }] : [];
      };
      const places = ({ left, top, right, foot }, lines) => {
        const wide = this.wideOf(...lines), half = HALF * lines.length, more = half + 4;
        const sources = needles.flatMap(([a, , b]) => [b + 2, a - 2 - wide]);
        const lane = foot - top < 40;
        return (lane
          ? [(top + foot) / 2]
          : [top + more, foot - 12 - more, foot - more, top + 20 + more])
          .flatMap((y) =>
            [left + 6, right - 6 - wide, ...sources].map((x) => [x, y - half, x + wide, y + half])
          ).filter((box) => box[0] > left && box[2] < right);
      };
      // In short where there is no room for all, and then over a reader's lines.
      const within = (room) => {
        const { name } = room, short = name.replaceAll("too ", "").split(", ");
        return [[[name], taken], [short, taken], [short, pins]].reduce(
          (found, [lines, others]) => found[0] ? found : put(lines, places(room, lines), others),
          [],
        );
      };
      const factor = (lines) => {
        const along = this.factor(...ALONG)
          .flatMap(([x, y]) => this.beside({ x, y, r: 5 }, this.wideOf(...lines), lines.length));
        return put(lines, along, [...taken, ...this.drawn, ...this.walls()]);
      };
      const one = factor(["just a factor"]), free = one[0] ? one : factor(["just a", "factor"]);
      return [...free, ...[...this.rooms, ...lanes].flatMap(within)];
    }
    wideOf(...lines) {
      return Math.max(...lines.map((line) => this.pen.measureText(line).width)) + 6;
    }

    around({ x, y, r }) {
      const high = Math.min(r, PIN);
      return [x - r - 2, y - high, x + r + 2, y + high];
    }

    // Where a name may lie beside its pin, the nearest first.
    beside({ x, y, r }, wide, lines = 1) {
      const boxes = [], high = 7 * lines;
      for (const far of [r + 2, r + 8, r + 14]) {
        boxes.push([x + far, y], [x - far - wide, y]);
        for (const down of [far + high + 1, -far - high - 1]) {
          for (const left of [x - wide / 2, x + 4, x - 4 - wide]) boxes.push([left, y + down]);
        }
      }
      return boxes.map(([left, at]) => [left, at - high, left + wide, at + high])
        .filter(([left, top, right, foot]) =>
          left > LEFT && right < this.width && top > TOP && foot < this.ground
        );
    }

    // Where the name of each lies beside it: at rest on nothing, and who is asked for on no other.
    names(needles, signs, pins, asked) {
      const { x, y } = this.pins.find(({ rooms }) => !rooms[0]), named = new Map();
      const apart = [
        ...needles,
        ...signs.map(({ box: [a, b, c, d] }) => [a - 4, b, c + 4, d]),
      ];
      const clear = [x - CLEAR, y - CLEAR, x + CLEAR, y + CLEAR];
      for (const pin of pins) {
        const others = this.pins.filter((one) => one !== pin).map(this.around);
        const kept = [...others, ...named.values()];
        const line = [...apart, ...this.drawn], all = [...line, clear, ...this.walls()];
        const free = asked(pin) ? [all, [...line, clear], [...apart, clear]] : [all];
        const boxes = this.beside(pin, this.wideOf(pin.name))
          .filter((box) => !kept.some(meets(box)));
        for (const kind of pin.rooms[0] ? free : [line]) {
          const box = boxes.find((box) => !kind.some(meets(box)));
          if (box && !named.has(pin)) named.set(pin, box);
        }
      }
      return named;
    }
    walls() {
      return this.rooms.flatMap(({ left, top, right, foot }) => [
        ...[left, right].map((x) => [x - 1, top, x + 1, foot]),
        ...[top, foot].map((y) => [left, y - 1, right, y + 1]),
      ]);
    }

    // The right number, and those of an axis that have room beside it, each other and a hold.
    marks(k, tag) {
      const { right } = this.axes[k], long = (words) => (k ? 17 : 7 * words.length + 6);
      const put = [{ z: tag.at, long: k ? 24 : tag.wide }];
      for (const x of [right, Infinity, 0, -30, ...MARKS[k]]) {
        const words = x < 0 ? "< 0" : x < Infinity ? figure(x) : "NaN";
        const z = this.pixel(k, x),
          free = (one) => Math.abs(z - one.z) > (long(words) + one.long) / 2;
        if (put.every(free)) put.push({ words, z, long: long(words) });
      }
      return listing(put.slice(1), ({ words, z }) => {
        const hit = words === figure(right) ? " x-right" : "";
        return k
          ? written(LEFT - 9, z + 4, words === "NaN" ? "∞, NaN" : words, `x-end${hit}`)
          : written(z, this.ground + 21, words, `x-mid${hit}`);
      });
    }

    factor(...by) {
      return by.map((factor) => this.axes.map(({ right }, k) => this.pixel(k, factor * right)));
    }
    factors() {
      return `<path class="x-factor" d="M${this.factor(...ENDS).join("L")}"/>`;
    }

    // A line through all sizes of a fault.
    sizes() {
      return listing(this.ways(), (places) => `<path class="x-sizes" d="M${places.join("L")}"/>`);
    }
    ways() {
      const all = [...grouped(this.config.entries, (one) => one[6]).values()];
      return all.filter((sizes) => sizes[1]).map((sizes) =>
        sizes.map((one) => this.placed(one)).sort(([a, b], [c, d]) => a - c || b - d)
      );
    }
    // What names keep off: the line of factors, and those of sizes, in small boxes.
    crossed() {
      const boxes = [];
      for (const way of [...this.ways(), this.factor(...ENDS)]) {
        way.slice(1).forEach(([x, y], i) => {
          const [a, b] = way[i], steps = Math.ceil(Math.hypot(x - a, y - b) / 4) || 1;
          for (let k = 0; k <= steps; k++) {
            const [u, v] = [a + (x - a) * k / steps, b + (y - b) * k / steps];
            boxes.push([u - 3, v - 3, u + 3, v + 3]);
          }
        });
      }
      return boxes;
    }
    placed([, , , ...numbers]) {
      return [0, 1].map((k) => this.pixel(k, Number(numbers[k])));
    }
    dot(one) {
      const [x, y] = this.placed(one);
      return `<circle class="x-size" cx="${x}" cy="${y}" r="4"/>`;
    }
    nameOf({ name, rooms }, [left, , , foot]) {
      return written(left + 3, foot - 3, name, `x-name${rooms[0] ? "" : " x-right"}`);
    }

    titles() {
      return written(0, 12, "your loss, far row ↑", "") +
        written(LEFT, this.ground + 46, "your loss, near row →", "");
    }

    lines([near, far], x, y) {
      const line = (d) => `<path class="x-given-line" d="${d}"/>`;
      return (near === undefined ? "" : line(`M${x} ${TOP}V${this.ground + 8}`)) +
        (far === undefined ? "" : line(`M${LEFT - 6} ${y}H${this.width}`));
    }

    stem({ x, y, left, top }) {
      return Math.hypot(x - left, y - top) < 3
        ? ""
        : `<path class="x-stem" d="M${left} ${top}L${x} ${y}"/>` +
          `<circle cx="${left}" cy="${top}" r="1.5"/>`;
    }

    pin({ x, y, r, key, rooms }, lit) {
      const door = `<path d="M${x - 9} ${y + 11}v-11a9 9 0 0 1 18 0v11z"/><circle cx="${
        x + 4.5
      }" cy="${y + 3}" r="1.6"/>`;
      const ring = r < PIN
        ? `<circle cx="${x}" cy="${y}" r="${r}"/>`
        : `<rect x="${x - r}" y="${y - PIN}" width="${2 * r}" height="${2 * PIN}" rx="${PIN}"/>${
          written(x, y + 4, rooms.join(", "))
        }`;
      const kind = `x-pin${rooms[0] ? "" : " x-door"}${lit.has(key) ? " x-lit" : ""}`;
      return `<g class="${kind}">${rooms[0] ? ring : door}</g>`;
    }

    // On the line of factors, or where both lines cross.
    guess(near, far, x, y, room = "?") {
      const other = partner(this.config.entries[0], near, far);
      if (!(other > 0 && Number.isFinite(other))) return "";
      if (!far) y = this.pixel(1, other);
      if (!near) x = this.pixel(0, other);
      const [at, r] = [{ x, y, left: x, top: y }, PIN + 1];
      const free = ([x, y]) =>
        this.pins.every((pin) => Math.hypot(pin.x - x, pin.y - y) > pin.r + r + 2);
      // Beside the line, if a pin is there.
      const aside = [0, 24, -24, 48, -48].map((d) => [x + 0.8 * d, y + 0.6 * d]);
      [at.x, at.y] = aside.find(free) ?? aside[0];
      return `<g class="${room > 0 ? "x-lit" : "x-may-be"}">${
        this.stem(at)
      }<circle cx="${at.x}" cy="${at.y}" r="${r}"/><text x="${at.x}" y="${
        at.y + 5
      }" class="x-mid">${room}</text></g>`;
    }

    // On an axis, over its numbers: what is typed, or what can be pulled.
    tag(k, text, at) {
      const words = minus(text) || "↔↕"[k], wide = 16 + 7.2 * words.length;
      return { words, wide, at, open: !text };
    }
    hold(k, { words, wide, at, open }) {
      const left = k ? Math.max(0, LEFT - 6 - wide) : clamp(at - wide / 2, 4, this.width - wide);
      const y = k ? at : this.ground + 17;
      Object.assign(this.sliders[k].style, {
        left: rem(left + wide / 2 - 34),
        top: rem(y - 16),
      });
      return `<g class="x-knob${open ? " x-open" : ""}"><rect x="${left}" y="${
        y - 12
      }" width="${wide}" height="24" rx="6"/><text x="${left + wide / 2}" y="${
        y + 4.5
      }" class="x-mid">${words}</text></g>`;
    }
  }

  Object.assign(xent, { axes, figure, find, isNumber, partner, plain, size, verdict });
  customElements.define("xent-plan", Plan);
})();
