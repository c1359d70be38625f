/* Which fault gives these numbers: a plan of the rooms, whose door is the right loss. */
(() => {
  "use strict";
  const { Live, listing, minus, safe } = xent;

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
          "Each known number leads to its room.",
          "For a loss on your own data, use [the ruler].",
        ],
      };
    }
    const found = find(entries, near, far), open = near ? 4 : 3;
    if (!found.length) return unknown(entries, near, far, examples);
    const others = grouped(found, (one) => figure(Number(one[open])));
    return near && far || others.size === 1 ? named(found, near, far) : asked(found, others, near);
  };

  const MOST = 2, // faults
    CHOICES = 6; // numbers of the other row

  const asked = (found, others, near) => {
    const right = !found[0][2], n = found.length - right;
    const rooms = [...new Set(found.map((one) => one[2]))].filter((room) => room);
    const usual = [...others].filter(([, all]) => all.some((one) => one[5]));
    const few = !right && n <= MOST, offered = few ? [...others] : usual;
    const rest = others.size - Math.min(offered.length, CHOICES);
    const head = right ? `Right so far: ${some(n, "print")} it, too.` : `${some(n, "print")} it.`;
    return {
      ...(few
        ? { faults: found.toSorted((a, b) => a[2] - b[2]) }
        : { head, rooms: rooms.sort((a, b) => a - b) }),
      lines: [`What does the ${near ? "far" : "near"} row print?`],
      choices: offered.slice(0, CHOICES).map((
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
    const others = inOrder.slice(MOST).map((one) => one[6]);
    const lines = others[0] ? [`Or: ${others.join(", ")}.`] : [];
    if (!far) lines.push(`With this bug, the far row prints ${figure(Number(found[0][4]))}.`);
    if (!near) lines.push(`With this bug, the near row prints ${figure(Number(found[0][3]))}.`);
    return { faults: inOrder.slice(0, MOST), lines };
  };

  // The rooms whose own examples, of other logits, print a number.
  const shown = (examples, typed) => {
    const those = examples.filter(([, text]) => isNumber(text) && fits(typed, number(text)));
    return [...new Set(those.map(([room]) => Number(room)))];
  };

  // The rooms whose number is so many times the right one.
  const multiplied = ([right, ...faults], near) => {
    const those = faults.filter((one) => near && fits(near, Number(one[3]) / Number(right[3])));
    return [...new Set(those.map((one) => one[2]))].sort((a, b) => a - b);
  };

  const unknown = (entries, near, far, examples) => {
    const [right] = entries;
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
    const own = shown(examples, typed), rooms = own[0] ? own : multiplied(entries, near);
    const times = !own[0] && rooms[0];
    return {
      head,
      rooms,
      ...(times && { factor: x }),
      lines: [
        ...(own[0] ? ["For an example of its own, with other logits."] : []),
        ...(times ? [`For a loss that is ${minus(typed)} times the right one.`] : []),
        "For a loss on your own data, use [the ruler].",
        ...(times ? [] : [
          `Otherwise it is ${factor} times the right number. Try the ${other} row next: if that ` +
          `prints ${both}, a divisor is wrong ([Room 2]).`,
        ]),
      ],
    };
  };

  // The number of a line: NaN is stored as none, as is an error.
  const worth = ([, shown, stored]) => stored ?? number(shown);
  // From the door to a room: how many times the right number, with three digits.
  const times = (wrong, right) => {
    const factor = wrong / right;
    return Number.isFinite(factor)
      ? minus(`× ${Number(factor.toPrecision(3)) || 0}`)
      : figure(factor);
  };
  // Where in the corridor such a number stands, in rooms: behind each of those that it passes.
  const along = (factors, factor) => {
    if (!factor || factor === 1) return 0;
    const high = !(factor < 1), side = factors.filter((one) => !(one < 1) === high);
    const passed = side.filter((one) => (high ? factor >= one : factor < one)).length;
    return (high ? 1 : -1) * (passed + 0.5);
  };

  class Plan extends Live {
    start() {
      const names = ["near", "far"], { rows, rooms } = this.config;
      this.live.innerHTML = `
      <nav class="x-map" aria-label="The rooms"><svg aria-hidden="true"></svg><b
        class="x-door">right</b>${
        listing(Object.entries(rooms), ([room, [title, anchor, wing, at]]) =>
          `<a href="#${anchor}"${
            wing ? ` class="x-${wing > 1 ? "after" : "wing"}"` : ""
          } style="--at: ${Number(at)}"
            ><i><span class="visually-hidden">Room </span>${room}</i><span>${
            safe(title)
          }</span></a>`)
      }<p class="x-times"></p><span class="x-lit" aria-hidden="true"></span><span
        class="x-lit" aria-hidden="true"></span><small class="x-high">too high</small><small
        class="x-low">too low</small><small class="x-own">with examples<br>of their
        own</small><small class="x-then">after pretraining</small></nav>
      <div class="x-finder"><p class="x-line">Type what your loss prints</p>
      <p class="x-given">${
        listing(names, (name, k) =>
          `<label><span>${name} row, <em>mat</em> came:<br>${
            rows[k]
          }</span><input name="${name}" list="${this.name}-${name}" autocomplete="off"
            placeholder="your loss"></label><datalist id="${this.name}-${name}"></datalist>`)
      }</p>
      <div class="x-verdict"></div>
      <p class="x-under x-whose"><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p></div>`;
      this.inputs = names.map((name) => this.one(`[name=${name}]`));
      this.map = this.one(".x-map");
      this.svg = this.one(".x-map svg");
      this.live.addEventListener("input", () => this.type(this.inputs.map(({ value }) => value)));
      this.live.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !event.target.name) return;
        event.preventDefault(); // else it presses what gets the focus
        // What can still be asked comes before the way.
        const asks = this.one(".x-verdict [data-row]");
        if (asks) asks.focus();
        else this.one(".x-verdict a[href^='#room']")?.click();
      });
      this.live.addEventListener("click", ({ target }) => {
        if (target.closest(".x-yours")) this.type(["", ""], 0);
        const choice = target.closest("[data-row]");
        if (choice) this.write(choice.dataset.row, choice.value, choice.dataset.row);
      });
      this.texts = this.config.given;
      this.share = 0;
      this.enterRooms();
      new ResizeObserver(() => this.update()).observe(this.map);
      this.find();
      clearTimeout(this.later); // said when something changes, not at first
    }

    // The rooms of the page, with what their exhibits give: the one that is read is entered.
    enterRooms() {
      const all = [...document.querySelectorAll("[id^=room-]")];
      this.halls = all.map((room) => {
        const exhibit = room.querySelector("xent-exhibit");
        const lines = exhibit && JSON.parse(exhibit.getAttribute("config")).lines;
        return { room, number: room.id.match(/\d+/)[0], lines, line: 0 };
      });
      const READ = 0.3; // of the window
      const look = () => {
        const focused = all.find((room) => room.querySelector(":focus-visible"));
        const held = focused?.getBoundingClientRect(), line = READ * innerHeight;
        // Between two rooms it is the one above.
        const within = all.at(-1)?.getBoundingClientRect().bottom >= line;
        const seen = held?.top < innerHeight && held.bottom > 0
          ? focused
          : within && all.findLast((room) => room.getBoundingClientRect().top < line);
        this.enter(this.halls.find(({ room }) => room === seen));
      };
      if (!all[0]) return;
      addEventListener("scroll", () => (this.looks ||= requestAnimationFrame(() => {
        this.looks = 0;
        look();
      })), { passive: true });
      document.addEventListener("focusin", look);
      document.addEventListener("xent-switch", ({ target, detail }) => {
        const hall = this.halls.find(({ room }) => room.contains(target));
        if (!hall) return;
        Object.assign(hall, { lines: target.config.lines, line: detail }); // a cell may run again
        this.here = hall;
        this.walk();
      });
    }
    enter(hall) {
      if (hall === this.here) return;
      this.here = hall;
      this.share = 0;
      this.walk();
    }

    write(k, text, focus) {
      this.type(this.texts.map((old, i) => (i === Number(k) ? text : old)), focus);
    }

    // On a wide page it has no box of its own.
    get edge() {
      return this.one(".x-finder");
    }

    sent() {
      return this.texts.join("~");
    }

    follow(text) {
      const texts = text.split("~");
      if (texts.length !== this.inputs.length) return;
      this.type(texts);
      this.one(".x-finder").scrollIntoView({ block: "center" });
    }

    type(texts, focus) {
      this.texts = texts;
      this.here = undefined;
      this.share = 0;
      this.find();
      this.inputs[focus]?.focus({ preventScroll: true });
    }

    // What is known of what is typed; the fields offer the numbers of faults: the far one those
    // that go with the near one.
    find() {
      const { entries } = this.config;
      const typed = this.texts.map(plain), wrong = typed.map((text) => !isNumber(text));
      this.inputs.forEach((input, k) => {
        Object.assign(input, { value: this.texts[k], ariaInvalid: `${wrong[k]}` });
        const fit = k && !wrong[0] ? find(entries, typed[0], "") : [];
        const names = new Map();
        for (const one of fit.length ? fit : entries) {
          const x = exact(Number(one[3 + k]));
          if (one[5]) names.set(x, [...(names.get(x) ?? []), one[6]]);
        }
        const offers = listing(
          [...names],
          ([x, all]) => `<option value="${x}">${safe(all.slice(0, 3).join(", "))}</option>`,
        );
        if (input.offers !== offers) input.list.innerHTML = input.offers = offers;
      });
      this.one(".x-yours").disabled = !this.texts.join("");
      const told = verdict(entries, ...typed, this.examples()), html = this.html(told, typed);
      if (html !== this.shown) this.one(".x-verdict").innerHTML = this.shown = html;
      const given = wrong.includes(true) ? ["", ""] : typed;
      const hits = given.join("") ? find(entries, ...given) : [];
      const rooms = told.room ? [told.room] : told.rooms ?? hits.map((one) => one[2]);
      this.found = [...new Set(rooms)].filter((room) => room);
      this.factor = told.factor ??
        given.map((text, k) => text && number(text) / Number(entries[0][3 + k]))
          .filter((factor) => factor !== "").find((factor) => !(Math.abs(factor - 1) < 0.001)) ??
        (given.join("") ? 1 : undefined);
      this.say(this.one(".x-verdict").innerText);
      this.walk();
    }
    examples() {
      return this.halls?.flatMap(({ number, lines }) =>
        lines?.map(([, shown]) => [number, shown]) ?? []
      ) ?? [];
    }

    html({ head, room, rooms = [], faults = [], lines = [], choices = [], rest }, [near]) {
      const few = faults[1]; // each in a line: what to do stands in its room
      const same = few && faults.every((one) => one[2] === faults[0][2]);
      const shared = same ? `<strong>${this.link(faults[0][2])}.</strong> ` : "";
      const strong = head ?? (room && this.link(room));
      const row = near ? 1 : 0;
      const fault = ([what, advice, room]) => {
        const link = this.link(room), loss = `The loss is ${safe(what)}.`;
        return few
          ? `<li>${same ? "" : `<strong>${link}.</strong> `}${loss}</li>`
          : `<p><strong>${link}</strong></p><p>${loss} ${safe(advice)}.</p>`;
      };
      const choice = ([x, rooms]) =>
        `<li><button data-row="${row}" value="${exact(number(x))}"><b>${x}</b> ${
          rooms[0] ? `Room${rooms[1] ? "s" : ""} ${rooms.join(", ")}` : "the door"
        }</button></li>`;
      return (strong ? `<p><strong>${strong}</strong></p>` : "") +
        (rooms[0] ? `<p>${this.links(rooms)}</p>` : "") +
        (few
          ? `<p>${shared}It is one of these:</p><ol>${listing(faults, fault)}</ol>`
          : listing(faults, fault)) +
        listing(lines, (line) => `<p>${this.linked(line)}</p>`) +
        (choices.length
          ? `<ul class="x-many">${listing(choices, choice)}<li>${rest}</li></ul>`
          : "");
    }

    link(room) {
      const [title, anchor] = this.config.rooms[room];
      return `<a href="#${anchor}">Room ${room}: ${safe(title)}</a>`;
    }
    // Two with their names; of more there is no room for all.
    links(rooms) {
      if (!rooms[2]) return rooms.map((room) => this.link(room)).join("<br>");
      return this.linked(`In ${rooms.map((room) => `[Room ${room}]`).join(", ")}.`);
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

    // To the room that is read, or to those that have the number that is typed; and home again,
    // once its line is fixed.
    walk() {
      const { here, found } = this, lines = here?.lines;
      const home = lines ? here.line === lines.length - 1 : !found.length;
      const rooms = here ? [Number(here.number)] : found;
      this.all(".x-map a").forEach((link, i) => {
        const room = Number(Object.keys(this.config.rooms)[i]);
        link.toggleAttribute("lit", rooms.includes(room));
        link.ariaCurrent = here?.number === `${room}` ? "location" : null;
      });
      const [wrong, right] = lines ? [lines[here.line], lines.at(-1)] : [];
      const far = lines ? times(worth(wrong), worth(right)) : "";
      const own = this.factor === undefined ? "" : times(this.factor, 1);
      const says = here ? (home ? "right" : far) : own;
      this.one(".x-times").innerHTML = says +
        (says.startsWith("×") ? "<small>the right number</small>" : "");
      const [title, , , at] = this.config.rooms[rooms.length === 1 && rooms[0]] ?? [""];
      const said = title && `${rooms[0]} ${title}`;
      this.all(".x-lit").forEach((one, k) => (one.textContent = k === Number(at < 0) ? said : ""));
      this.stray = !here && home && this.factor !== undefined && this.factor !== 1;
      this.map.toggleAttribute("stray", this.stray);
      this.glide({ share: home && !this.stray ? 0 : 1 }, 900);
    }

    // The way there, through the corridor, as far as one has come.
    update() {
      const box = (one) => [
        one.offsetLeft + one.offsetWidth / 2,
        one.offsetTop + one.offsetHeight / 2,
      ];
      const [x, y] = box(this.one(".x-door")), down = this.map.clientHeight > this.map.clientWidth;
      const way = ([to, at]) => `M${x} ${y}${down ? `V${at}H${to}` : `H${to}V${at}`}`;
      const links = this.all(".x-map a[lit]"), { width, height } = this.map.getBoundingClientRect();
      const places = links.map((link) => {
        const [to, at] = box(link), half = (down ? link.offsetWidth : link.offsetHeight) / 2;
        return down ? [to + half * Math.sign(x - to), at] : [to, at + half * Math.sign(y - at)];
      });
      if (this.stray) {
        const factors = this.halls.filter(({ number }) => !this.config.rooms[number][2])
          .map(({ lines }) => worth(lines[0]) / worth(lines.at(-1)));
        const steps = along(factors, this.factor), step = this.one(".x-map a").offsetHeight;
        const wide = this.one(".x-map a").offsetWidth;
        places.push(down ? [x, y - steps * step] : [x + steps * wide, y]);
      }
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.innerHTML =
        `<path class="x-way x-edge" pathLength="1" d="${places.map(way).join("")}"/>` +
        '<circle class="x-you x-dot x-hit" r="5"/>';
      const [path, you] = this.svg.children;
      path.style.strokeDasharray = `${this.share} 2`;
      const end = places[0] && path.getPointAtLength(this.share * path.getTotalLength());
      you.setAttribute("cx", end?.x ?? x);
      you.setAttribute("cy", end?.y ?? y);
    }
  }

  Object.assign(xent, { along, figure, find, isNumber, partner, plain, size, times, verdict });
  customElements.define("xent-plan", Plan);
})();
