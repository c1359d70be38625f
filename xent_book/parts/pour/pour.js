/* Softmax as pouring: e to each score, end to end, stretched to a hundred chips. */
(() => {
  "use strict";
  const { Live, clamp, listing, minus, show, sum } = xent;

  // Ways to make a score positive: how each is written and said, and how much
  // a bar and all of them are at most.
  const TRIES = {
    exp: { name: "e<sup>o</sup>", said: "e to the power", f: Math.exp, most: 56, all: 92 },
    abs: { name: "|o|", said: "the absolute value", f: Math.abs, most: 4.6, all: 11.4 },
    square: { name: "o²", said: "the square", f: (o) => o * o, most: 21, all: 43 },
    cut: {
      name: "max(o, 0)",
      said: "the score, or 0 if that is larger,",
      f: (o) => Math.max(o, 0),
      most: 4.1,
      all: 9.8,
    },
  };
  const WISHES = {
    positive: "all positive",
    one: "sum to\u00a01",
    order: "order kept",
    shift: "a shift changes nothing",
  };
  const STOPS = ["scores", "", "end to end", "in chips"];
  const HEATS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3, 5, 10];

  // The one that moves alone, and how far; the axis; the drawing's lines, in pixels.
  const ALONE = 1, FAR = [0, 4];
  const LOW = -5.2, HIGH = 4.6, TALL = 132, BASE = 156, CAR = 184, ROW = 266, STRIP = 318;
  // What a bar is at the foot and at the head of a logarithmic scale.
  const LOGS = [-5, 4.05];

  // Where labels stand that keep a gap, as near as can be to what they name.
  const apart = (places, gap, low = -Infinity, high = Infinity) => {
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b] || a - b);
    const blocks = [], mean = (list) => sum(list) / list.length;
    order.forEach((i, k) => {
      blocks.push([places[i] - k * gap]);
      while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
        blocks.push([...blocks.splice(-2)].flat());
      }
    });
    const last = high - gap * (places.length - 0.5), stands = [];
    blocks.flatMap((block) => block.map(() => mean(block))).forEach((level, k) => {
      stands[order[k]] = clamp(level, low + gap / 2, last) + k * gap;
    });
    return stands;
  };

  // All scores shifted; and their distances from the target's divided by T, which for
  // the shares is the same as dividing them.
  const scored = (logits, target, shift = 0, T = 1) =>
    logits.map((o) => o + (o - logits[target]) * (1 / T - 1) + shift);

  const pour = (scores, name = "exp") => {
    const e = scores.map(TRIES[name].f), total = sum(e);
    return { e, total, p: e.map((x) => x / total) };
  };

  // A hundred whole chips: those that rounding down leaves go where it took most. What
  // the last digits of p make of equals decides nothing.
  const dealt = (p) => {
    const nearly = p.map((x) => 100 * x + 1e-9), chips = nearly.map(Math.floor);
    const took = nearly.map((x, i) => Math.floor((x - chips[i]) * 1e8));
    const most = [...took.keys()].sort((a, b) => took[b] - took[a]);
    for (const i of most.slice(0, 100 - sum(chips))) chips[i] += 1;
    return chips;
  };

  // Which wishes hold as the scores stand, and the two words that are in the wrong order.
  const judge = (logits, shift, name) => {
    const scores = logits.map((o) => o + shift);
    const { p } = pour(scores, name), first = pour(logits, name).p, one = !p.some(Number.isNaN);
    let wrong = null, worst = -1;
    scores.forEach((a, i) =>
      scores.forEach((b, j) => {
        const turned = p[j] - p[i];
        if (a > b + 1e-9 && turned > -1e-12 && turned > worst) [wrong, worst] = [[i, j], turned];
      })
    );
    return {
      positive: p.every((x) => x > 0),
      one,
      order: one && !wrong,
      shift: shift ? one && p.every((x, i) => Math.abs(x - first[i]) < 1e-9) : undefined,
      wrong,
    };
  };

  const between = (a, b, t) => a + (b - a) * t;
  const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
  const part = (x, from = 0, to = 1) => clamp((x - from) / (to - from), 0, 1);
  const tenth = (x) => Math.round(10 * x) / 10;

  const plain = (x) => minus(`${Number(x.toFixed(2))}`);
  const size = (x) => (x ? x.toFixed(2) : "0");
  const score = (o, finely = false) => {
    const near = tenth(o) || 0; // and not −0
    return minus(finely && Math.abs(o - near) > 1e-6 ? o.toFixed(2) : near.toFixed(1));
  };
  const counted = (p) =>
    dealt(p).map((n, i) => (Number.isNaN(n) ? "no" : !n && p[i] > 0 ? "<1" : `${n}`));
  const finely = (p) => (100 * p).toFixed(1);

  const KEYS = {
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
    PageUp: 10,
    PageDown: -10,
  };
  // The next of the temperatures that have a name.
  const heated = (T, by) => {
    const next = by > 0 ? HEATS.find((one) => one > T) : HEATS.findLast((one) => one < T);
    return next ?? T;
  };

  const HANDLES = {
    shift: ["bed", "added to every score"],
    alone: ["alone", "score of hat alone"],
    T: ["spread", "temperature"],
  };
  const handle = (name) => {
    const [kind, said] = HANDLES[name];
    return `<div class="x-${kind}" role="slider" tabindex="0" aria-label="${said}"></div>`;
  };
  const lever = `
  <div class="x-lever"><input type="range" min="0" max="3" step="0.01"
    aria-label="pouring progress">
  <div class="x-stops">${listing(STOPS, () => '<button tabindex="-1"></button>')}</div></div>`;
  const glance = `
  <p class="x-logs x-pair x-how"><span></span><label class="x-pair"><input
    type="checkbox"> on a logarithmic scale</label></p>`;
  const record = (name) => `
  <div class="x-wishes"><p class="x-how">Which way keeps all four conditions?</p>
  <div role="table" aria-label="conditions"><div role="row" class="x-row x-head"><span
    role="columnheader">made positive by</span>${
    listing(Object.values(WISHES), (wish) => `<span role="columnheader">${wish}</span>`)
  }</div>${
    listing(Object.entries(TRIES), ([key, one]) =>
      `<div role="row" class="x-row"><span role="rowheader"><label><input type="radio"
        name="${name}" value="${key}" aria-label="${one.said}"><span>${one.name}</span></label
        ></span>${'<span role="cell">?</span>'.repeat(4)}</div>`)
  }</div></div>`;
  const mark = (kept) =>
    `<svg viewBox="0 0 20 20" role="img" aria-label="${
      kept ? "kept so far" : "broken: show where"
    }"><path d="${kept ? "M4 11l4 4L16 5" : "M4 4L16 16M16 4L4 16"}"/></svg>`;

  // How high on a logarithmic scale, from 0 at its foot to 1.
  const level = (y) => (Math.log(y) - LOGS[0]) / (LOGS[1] - LOGS[0]);

  const line = (x1, y1, x2, y2, more = "") =>
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="currentColor" ${more}/>`;
  const text = (x, y, inside, more = "") => `<text x="${x}" y="${y}" ${more}>${inside}</text>`;
  const HALO = 'class="x-halo" text-anchor="middle"'; // what a line crosses can still be read
  const muted = (inside, more = "") => `<g class="x-mute" font-size="13" ${more}>${inside}</g>`;

  // The axis of the scores, and the curve that the bars reach.
  const axis = ({ wide, X, f, tall, logs, shift, ends: [left] }) => {
    const knob = shift === undefined ? Math.max(left + 13, 22) : -99;
    let path = "", ticks = line(0, BASE, wide, BASE);
    for (let k = Math.round(20 * LOW); k <= 20 * HIGH; k += 1) {
      const x = X(k / 20), y = tall(f(k / 20));
      if (y <= TALL * 1.02) path += `${path ? "L" : "M"}${x} ${BASE - y}`;
      else if (k > 0) break;
      else path = "";
    }
    for (let o = Math.ceil(LOW); o < HIGH; o += 1) {
      ticks += line(X(o), BASE, X(o), BASE + 5);
      if (o % 2 === 0 && Math.abs(X(o) - knob) > 56) ticks += text(X(o), BASE + 18, plain(o));
    }
    const scale = listing([0.1, 1, 10], (y) => {
      const at = BASE - TALL * level(y);
      return line(0, at, wide, at, 'opacity="0.3"') + text(0, at - 4, y);
    });
    return `<path class="x-path" d="${path}"/>` + muted(ticks, 'text-anchor="middle"') +
      muted(logs ? scale : "", `opacity="${logs}"`);
  };

  // Each bar, and what it was before all were shifted; their numbers.
  const bars = ({ wide, X, f, scores, e, first, paint, tall, grow, fell, logs, target, thick }) => {
    const stands = apart(scores.map(X), 52, 24, wide);
    const top = (i) => BASE - tall(e[i]) * grow, was = (i) => BASE - tall(first.e[i]);
    const fall = (x, i) =>
      line(x, was(i), x, top(i), 'stroke-dasharray="3"') +
      line(x - 9, was(i), x + 9, was(i), 'stroke-width="2"');
    const bar = (o, i) =>
      `<g ${paint(i)}>${line(X(o), BASE, X(o), CAR + 13, 'opacity="0.35"')}
      <rect class="x-pillar" x="${X(o) - thick / 2}" y="${top(i)}" width="${thick}"
        height="${BASE - top(i)}"/>${fell ? fall(X(o), i) : ""}</g>`;
    // On the side from which the curve comes up, so that it passes by.
    const value = (x, i) => {
      const rises = f(scores[i]) >= f(scores[i] - 0.1), half = rises ? thick / 2 : -thick / 2;
      const look = `class="x-tall x-halo" text-anchor="${rises ? "end" : "start"}"`;
      return text(stands[i] + half, top(i) - 7, size(x), `${look} ${paint(i)}`);
    };
    const ratio = e[target] / first.e[target];
    return listing(scores, bar) +
      `<g opacity="${part(grow, 0.6)}">${listing(e, value)}</g>` +
      (fell && logs && ratio && ratio < Infinity
        ? muted(
          text(X(scores[target]) + 12, (top(target) + was(target)) / 2 + 5, `× ${show(ratio)}`),
          `opacity="${logs}"`,
        )
        : "");
  };

  // The same bars, turned and laid end to end.
  const row = ({ X, scores, e, total, first, unit, lay, fell, paint, tall, wide, thick }) => {
    let end = 0;
    const one = (length, i) => {
      const t = ease(part(lay * 2.2 - i * 0.4)), from = end;
      end += length * unit;
      if (!lay || !length) return "";
      const x = between(X(scores[i]), from, t), y = between(BASE, ROW + 7, t);
      const long = between(tall(length), length * unit, t), high = between(thick, 14, t);
      const seam = t === 1 && long > 4 ? 1 : 0;
      return `<rect ${paint(i)} y="${-high / 2}" width="${Math.max(long - seam, 0.6)}"
        height="${high}" transform="translate(${x} ${y}) rotate(${90 * (t - 1)})"/>`;
    };
    const was = `<rect x="0.5" y="${ROW + 0.5}" width="${first.total * unit}" height="13"
      fill="none" stroke="currentColor" stroke-dasharray="3"/>`;
    const at = Math.min(unit * Math.max(total, fell ? first.total : 0) + 8, wide - 78);
    return muted(fell ? was : "") + listing(e, one) +
      muted(text(at, ROW + 12, `${size(total)} in all`), `opacity="${part(lay, 0.8)}"`);
  };

  // The row stretched to a strip of a hundred chips.
  const strip = ({ wide, tokens, e, p, unit, fill, bare, paint }) => {
    const head = ROW + 15, t = part(fill, 0, 0.8), rise = part(fill, 0.8);
    const ends = (list, scale) => list.map((_, i) => scale * sum(list.slice(0, i + 1)));
    const above = [0, ...ends(e, unit)], below = [0, ...ends(p, wide)];
    const fan = (_, i) => {
      const foot = between(head, STRIP, t), at = (k) => between(above[k], below[k], t);
      return `<g ${paint(i)}><polygon opacity="0.24" points="${above[i]},${head} ${
        above[i + 1]
      },${head} ${at(i + 1)},${foot} ${at(i)},${foot}"/>
      <rect class="x-share" x="${below[i]}" y="${STRIP}" width="${p[i] * wide}"
        height="${34 * rise}"/></g>`;
    };
    const cut = (x, more = 0) => `M${x} ${STRIP - more}v${34 + 2 * more}`;
    const cuts = listing([...Array(99).keys()], (k) => cut((k + 1) / 100 * wide));
    const inner = below.filter((x) => x > 0.5 && x < wide - 0.5);
    const stands = apart(p.map((x, i) => below[i] + x * wide / 2), 34, 0, wide);
    const chips = counted(p);
    const label = (word, i) =>
      `<g class="x-who" ${paint(i)}>${text(stands[i], STRIP + 51, word)}${
        text(stands[i], STRIP + 68, chips[i])
      }</g>`;
    return `<rect class="x-bare" y="${STRIP}" width="${wide}" height="34"/>` +
      listing(fill ? p : [], fan) +
      `<path class="${rise ? "x-cuts" : "x-lines"}" d="${cuts}"/>` +
      (rise
        ? `<path class="x-borders" d="${listing(inner, (x) => cut(x, 1))}"/>
        <g text-anchor="middle" opacity="${rise}">${listing(tokens, label)}</g>`
        : muted(text(0, STRIP + 51, bare ? "0/0: nothing to share" : "a hundred chips")));
  };

  // What carries the words, the one that moves alone in a ring; or what spreads them.
  const carriage = ({ X, wide, tokens, scores, paint, ends: [left, right], shift, T }) => {
    const y = CAR + 13, x = scores.map(X), heats = shift === undefined, knob = left + 13;
    const stands = apart(x, 40, 0, wide);
    const ring = (at) => `<circle class="x-hoop" cx="${at}" cy="${y}" r="11"/>`;
    const grip = (d) => line(X(shift - 0.25) + d, y - 5, X(shift - 0.25) + d, y + 5);
    const slot = () => line(X(FAR[0] + shift), y, X(FAR[1] + shift), y, 'opacity="0.5"');
    const tips = `<path d="M${knob - 3} ${y - 4}l-4 4l4 4M${knob + 3} ${y - 4}l4 4l-4 4"/>`;
    const name = text(Math.max(knob, 22), BASE + 18, `T ${plain(T)}`, HALO);
    const label = (i, name, value) =>
      text(stands[i], CAR + 45, name) + text(stands[i], CAR + 62, value);
    const word = (name, i) =>
      `<g class="x-who" ${paint(i)}><circle cx="${x[i]}" cy="${y}" r="6"/>${
        label(i, name, score(scores[i], heats))
      }</g>`;
    return muted(
      `<rect class="x-hoop" x="${left}" y="${CAR}" width="${right - left}" height="26" rx="13"/>${
        heats ? ring(knob) + tips + name : listing([-5, 0, 5], grip) + slot() + ring(x[ALONE])
      }`,
    ) +
      `<g text-anchor="middle">${listing(tokens, word)}</g>`;
  };

  class Pour extends Live {
    start() {
      const { change } = this.config, shifts = change === "shift";
      this.live.innerHTML = `
      <div class="x-acts ${shifts ? "" : "x-tap"}"><button class="x-go"></button>
      <button class="x-yours">Reset</button>${shifts ? lever : ""}</div>
      <div class="x-scene x-stage">${shifts ? glance : ""}
      <svg class="x-figure" width="100%" height="392" fill="currentColor" font-size="14"
        aria-hidden="true"></svg>
      ${shifts ? handle("shift") + handle("alone") : handle("T")}</div>
      <p class="x-told"></p>${shifts ? record(this.name) : ""}
      <p><small>${
        shifts
          ? "Drag the band to move all, the ring to move <em>hat</em> alone. Dashed: before. " +
            "Chips are rounded. Press a cross to see what broke."
          : "Drag the end of the band."
      }</small></p>
      <p class="visually-hidden" role="status"></p>`;
      const on = (selector, type, act) =>
        this.one(selector)?.addEventListener(type, ({ target }) => act(target));
      on(".x-go", "click", () => this.next().act());
      on(".x-yours", "click", () => {
        this.one(".x-go").focus({ preventScroll: true });
        this.rest();
        this.reset();
        this.update();
      });
      on(".x-lever input", "input", ({ value }) => this.put({ at: this.near(Number(value)) }));
      on(
        ".x-stops",
        "click",
        (target) => this.flow(this.all(".x-stops button").indexOf(target.closest("button"))),
      );
      on(".x-logs input", "change", ({ checked }) => this.move({ logs: Number(checked) }, 600));
      on(".x-wishes", "change", ({ value }) => this.put({ made: value }));
      on(".x-wishes", "click", (target) => this.recall(target.closest("button")));
      this.one(".x-lever input")?.addEventListener("keydown", (event) => {
        const by = Math.sign(KEYS[event.key] ?? 0);
        if (!by) return;
        event.preventDefault();
        this.flow(clamp(by > 0 ? Math.floor(this.at + 1) : Math.ceil(this.at - 1), 0, 3));
      });
      const { value, least, most, logits } = this.config;
      const step = (from, by) => tenth(from + by / 10);
      const pull = (from, pixels) => tenth(from + pixels / this.unit);
      this.hold("shift", [least, most], value, step, pull);
      this.hold("alone", FAR, logits[ALONE], step, pull);
      this.hold("T", [least, most], value, heated, (from, pixels) => this.spread(from, pixels));
      new ResizeObserver(() => this.draw()).observe(this.one("svg"));
      this.reset();
      this.update();
      clearTimeout(this.later); // said when something changes, not at first
    }

    reset() {
      const { change, value, logits } = this.config, shifts = change === "shift";
      const [shift, T] = shifts ? [value, 1] : [0, value];
      Object.assign(this, { shift, T, alone: logits[ALONE], at: shifts ? 0 : 3 });
      Object.assign(this, { made: "exp", logs: 0, seen: {}, goal: {}, asked: "" });
      for (const box of this.all(".x-logs input")) box.checked = false;
    }

    get shared() {
      const { change, least, most } = this.config;
      return change === "shift"
        ? { shift: [least, most], alone: FAR, at: [0, 3], made: Object.keys(TRIES) }
        : { T: [least, most] };
    }
    restore(state) {
      this.put(state);
    }

    state() {
      const { shift, T, alone, at, made, seen } = this;
      return { shift, T, alone, at, made, seen: structuredClone(seen), goal: {} };
    }

    put(values) {
      this.rest();
      Object.assign(this, values, { goal: {}, asked: "" });
      this.update();
    }

    move(goal, time, asked = "") {
      this.rest();
      Object.assign(this, { goal, asked });
      this.glide(goal, time);
    }

    flow(at) {
      if (at >= 0) this.move({ at }, 900 * Math.abs(at - this.at));
    }

    near(at) {
      return Math.abs(at - Math.round(at)) < 0.06 ? Math.round(at) : at;
    }

    // What the one button does next, and says, of where all goes to.
    next() {
      const { at, shift, T } = { ...this, ...this.goal };
      if (this.config.change === "shift") {
        if (at < 3) return { says: "Pour", act: () => this.flow(3) };
        const low = shift <= -2.95;
        const act = () => this.move({ shift: low ? 0 : -3 }, 1100);
        return { says: low ? "Back to the first scores" : "Lower all by 3", act };
      }
      const next = { 1: 2, 2: 10, 10: 0.5 }[T] ?? 1;
      return { says: `Go to T = ${next}`, act: () => this.move({ T: next }, 900) };
    }

    // A handle that slides, by hand and by keys.
    hold(name, [least, most], home, step, pull) {
      const node = this.one(`.x-${HANDLES[name][0]}`);
      if (!node) return;
      const set = (value) => this.put({ [name]: clamp(value, least, most) });
      Object.assign(node, { ariaValueMin: least, ariaValueMax: most });
      node.addEventListener("keydown", (event) => {
        const by = KEYS[event.key];
        const to = by ? step(this[name], by) : { Home: least, End: most, Escape: home }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        set(to);
      });
      node.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        const from = this[name], zoom = xent.zoomed(node);
        node.setPointerCapture(event.pointerId);
        node.onpointermove = ({ clientX }) => set(pull(from, (clientX - event.clientX) / zoom));
        node.onlostpointercapture = () => (node.onpointermove = null);
      });
    }

    // The temperature at which the carriage's near end is so many pixels further right.
    spread(from, pixels) {
      const { logits, target } = this.config, far = logits[target] - Math.min(...logits);
      const T = far / Math.max(far / from - pixels / this.unit, 0.01);
      return T > 2 ? Math.round(2 * T) / 2 : Math.round(20 * T) / 20;
    }

    logits() {
      return this.config.logits.map((o, i) => (i === ALONE ? this.alone : o));
    }

    // What each try has shown so far; a cross stays, and knows where it was made.
    note() {
      const { shift, alone, made, seen, goal } = this;
      if (this.config.change !== "shift" || this.at < 3) return;
      this.found = judge(this.logits(), shift, made);
      if (Object.keys(goal).some((key) => this[key] !== goal[key])) return; // on its way
      const mine = seen[made] ??= {};
      for (const wish in WISHES) {
        if (this.found[wish] === undefined || mine[wish]?.broken) continue;
        mine[wish] = this.found[wish] ? {} : { broken: { shift, alone } };
      }
    }

    // Back to where a wish was seen to break.
    recall(button) {
      if (!button) return;
      const row = button.closest(".x-row"), made = row.querySelector("input").value;
      const goal = this.seen[made][button.dataset.wish].broken;
      Object.assign(this, { made, at: 3 });
      this.move(goal, 500, button.dataset.wish);
    }

    told() {
      const { tokens, target } = this.config, { shift, T, alone, at, made } = this;
      const { e, total, p } = this.poured, word = tokens[target];
      if (this.config.change !== "shift") {
        const how = T < 1
          ? "a more confident model"
          : T > 1
          ? "a less confident model"
          : "the model as it is";
        return `T = ${plain(T)}: ${how}. ` +
          `<em>${word}</em> has <b>${counted(p)[target]}</b> chips.`;
      }
      if (at < 0.5) {
        return "Four scores on an axis, and a hundred chips that no word has yet. " +
          "<b>Pour</b> deals them out.";
      }
      if (at < 1.5) {
        return `Step 1: ${TRIES[made].said} of each.${
          made === "exp" ? " All are positive, <em>sat</em>’s too." : ""
        }`;
      }
      if (at < 3) return `Step 2: end to end they are <b>${size(total)}</b> long.`;
      const by = shift ? `All lowered by ${plain(tenth(-shift))}: ` : "";
      const wrongs = this.wrongs().join("; ");
      if (wrongs) return `${by || "As they stand: "}${wrongs}.`;
      if (shift && made === "exp") {
        return `${by}each bar is <b>${show(Math.exp(shift), 3)} times</b> what it was, and so is ` +
          "their sum. <b>The strip has not moved.</b>";
      }
      if (shift) return by.replace(": ", ".");
      if (alone !== this.config.logits[ALONE]) {
        return `<em>${tokens[ALONE]}</em> at ${score(alone)} moves no other bar: ` +
          `<em>mat</em> has ${finely(p[0])} chips, still ` +
          `<b>${show(p[0] / p[3], 2)} times</b> <em>rug</em>’s ${finely(p[3])}.`;
      }
      return `Step 3: stretched to a hundred chips. <em>${word}</em> gets ` +
        `${size(e[target])} / ${size(total)} = <b class="x-hit">${
          show(p[target], 2)
        }</b> of the strip.`;
    }

    // The wishes that are broken just now, in words: first the one that was asked for.
    wrongs() {
      const { tokens } = this.config, { found, asked, poured: { p }, first } = this;
      const [higher, lower] = found.wrong ?? [];
      const far = p.map((x, i) => Math.abs(x - first.p[i])), most = far.indexOf(Math.max(...far));
      const both = [first.p, p], whole = both.map((x) => counted(x)[most]);
      const [was, now] = whole[0] === whole[1] ? both.map((x) => finely(x[most])) : whole;
      const none = p.findIndex((x) => !(x > 0));
      const why = {
        one: () => "<b>nothing is left to share</b>: 0/0",
        positive: () => `<b>${tokens[none]} gets no chip</b>, so it could never come`,
        order: () =>
          `<b>${tokens[higher]}</b> scores higher than ${tokens[lower]}, yet has <b>${
            p[higher] < p[lower] ? "fewer chips" : "only as many chips"
          }</b>`,
        shift: () => `the strip has moved, <b>${tokens[most]} from ${was} to ${now} chips</b>`,
      };
      const broken = [...new Set([asked, ...Object.keys(why)])].filter((x) => found[x] === false);
      return broken.slice(0, asked || !found.one ? 1 : 2).map((wish) => why[wish]());
    }

    update() {
      const { config: { target, tokens }, shift, T, at, made } = this;
      this.scores = scored(this.logits(), target, shift, T);
      this.poured = pour(this.scores, made);
      this.first = pour(this.logits(), made);
      this.note();
      this.draw();
      const set = (selector, values) => {
        for (const node of this.all(selector)) Object.assign(node, values);
      };
      const stage = Math.round(at), told = this.told();
      set(".x-told", { innerHTML: told });
      set(".x-go", { textContent: this.next().says });
      set(".x-yours", { disabled: this.isNew() });
      set(".x-lever input", { value: at, ariaValueText: STOPS[stage] || TRIES[made].said });
      this.all(".x-stops button").forEach((stop, i) => {
        stop.innerHTML = STOPS[i] || TRIES[made].name;
        stop.ariaCurrent = i === stage ? "step" : null;
      });
      set(".x-logs span", { innerHTML: `${TRIES[made].name} of each` });
      const counts = counted(this.poured.p);
      const chips = tokens.map((word, i) => `${word} ${counts[i]}`).join(", ");
      for (const name in HANDLES) {
        const now = this[name];
        set(`.x-${HANDLES[name][0]}`, {
          ariaValueNow: Number(now.toFixed(3)),
          ariaValueText: `${plain(now)}; chips: ${chips}`,
        });
      }
      for (const input of this.all(".x-wishes input")) this.fill(input.closest(".x-row"), input);
      this.say(this.one(".x-told").textContent);
    }

    isNew() {
      const { shift, T, alone, at, made, config: { change, value, logits } } = this;
      return change === "shift"
        ? !at && shift === value && made === "exp" && alone === logits[ALONE]
        : T === value;
    }

    // A row of the record; what has not changed stays, with its focus.
    fill(row, input) {
      const mine = this.seen[input.value] ?? {};
      input.checked = input.value === this.made;
      Object.keys(WISHES).forEach((wish, i) => {
        const cell = row.children[i + 1], now = mine[wish];
        const kind = now ? (now.broken ? "x-no" : "x-ok") : "";
        if (cell.className === kind) return;
        cell.className = kind;
        cell.innerHTML = !now
          ? "?"
          : now.broken
          ? `<button data-wish="${wish}">${mark(false)}</button>`
          : mark(true);
      });
    }

    view() {
      const { at, logs, made, scores, poured, shift, T, config } = this;
      const { target, logits, change, tokens } = config, { f, most, all } = TRIES[made];
      const wide = this.one("svg").clientWidth || 640, shifts = change === "shift";
      this.unit = wide / (HIGH - LOW);
      const X = (o) => (o - LOW) * this.unit, unit = Math.min(TALL / most, (wide - 86) / all);
      const nowhere = Number.isNaN(poured.p[0]), far = Math.min(...scores);
      return {
        ...poured,
        ...{ wide, tokens, target, scores, first: this.first, f, logs, unit, X, T },
        shift: shifts ? shift : undefined,
        ends: shifts
          ? [X(Math.min(...logits) + shift) - 20, X(FAR[1] + shift) + 20]
          : [X(far) - 34, X(logits[target]) + 20],
        thick: clamp(0.6 * this.unit / T, 3, 12),
        fell: shift && at >= 3,
        tall: (y) => between(y * unit, y > 0 ? TALL * Math.max(0, level(y)) : 0, logs),
        grow: ease(part(at)),
        lay: part(at, 1, 2),
        fill: nowhere ? 0 : ease(part(at, 2, 3)),
        bare: nowhere && at > 2,
        paint: (i) =>
          i === target
            ? 'style="color: var(--xent-target)" font-weight="700"'
            : 'style="color: var(--xent-quiet)"',
      };
    }

    draw() {
      if (!this.poured) return;
      const view = this.view(), { X, scores, ends: [left, right] } = view;
      const parts = [axis, bars, row, strip, carriage];
      this.one("svg").innerHTML = listing(parts, (one) => one(view));
      const place = (kind, from, width) => {
        const style = this.one(`.x-${kind}`)?.style;
        if (style) Object.assign(style, { left: `${from}px`, width: `${width}px` });
      };
      place("bed", left, right - left);
      place("alone", X(scores[ALONE]) - 20, 40);
      place("spread", left - 9, 44);
    }
  }

  Object.assign(xent, { apart, dealt, judge, pour, scored });
  customElements.define("xent-pour", Pour);
})();
