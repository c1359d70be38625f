/* Two equal logits of any size, and the numbers that float32 has around them. */
(() => {
  "use strict";
  const { Live, brief, choices, listing, show } = xent;
  const f = Math.fround, LN2 = f(Math.LN2);

  // Of two logits of this size: how far float32's numbers are apart there, and the loss,
  // as log-sum-exp minus logit, and from the largest.
  const twins = (size) => {
    const o = f(size), apart = 2 ** (Math.floor(Math.log2(o)) - 23);
    return { o, apart, losses: [f(f(o + LN2) - o), f(f(o - o) + LN2)] };
  };

  // The slider goes in tenths of a power of ten; what is drawn, and on which height.
  const SIZES = 80, LOW = -0.9, HIGH = 9.4, Y = 76;

  const remark = (method, loss, apart) => {
    const off = Math.abs(loss - Math.LN2);
    if (method) return "First the largest is taken off, and leaves 0; then comes ln 2, in full.";
    if (off < 5e-6) return "Right, to five places.";
    return loss
      ? `<b>Off by ${brief(off)}.</b> The numbers are ${brief(apart)} apart, and ln 2 is drawn ${
        loss > Math.LN2 ? "up" : "down"
      } to the nearest.`
      : `<b>A perfect forecast, it seems.</b> The next number is ${apart} further on: ln 2 is
        rounded away before the logit is taken off.`;
  };
  const whole = (x) => x.toLocaleString("en", { maximumFractionDigits: 0 });

  class Spacing extends Live {
    start() {
      this.live.innerHTML = `${choices(this.name, "method", this.config.methods)}
      <svg aria-hidden="true" height="136"></svg>
      <label class="x-pair">both logits <input type="range" max="${SIZES}"><b
        class="x-both"></b></label>
      <div class="x-result"><p>loss <strong></strong></p><p class="x-note"></p></div>
      <p class="visually-hidden" role="status"></p>`;
      [this.svg, this.slider] = [this.one("svg"), this.one("[type=range]")];
      Object.assign(this, { power: 0, method: 0, pulled: 1 });
      this.goal = { pulled: 1 };
      this.all("[type=radio]").forEach((one, i) => {
        one.checked = !i;
        one.addEventListener("input", () => {
          this.method = i;
          this.pulled = 0;
          this.glide(this.goal, 500);
        });
      });
      this.slider.addEventListener("input", () => {
        this.rest();
        this.power = Number(this.slider.value);
        this.update();
      });
      new ResizeObserver(() => this.draw()).observe(this.svg);
      this.update();
      clearTimeout(this.later); // said when something changes, not at first
    }

    state() {
      return { power: this.power };
    }

    update() {
      const { power, method } = this;
      const { o, apart, losses } = this.found = twins(10 ** (power / 10));
      const size = o < 100 ? show(o, power % 10 ? 1 : 0) : whole(o), loss = losses[method];
      this.slider.value = power;
      this.slider.ariaValueText = `${size}, loss ${show(loss, 5)}`;
      this.one(".x-both").textContent = size;
      this.one("strong").textContent = loss.toFixed(3);
      this.one(".x-note").innerHTML = remark(method, loss, apart);
      this.draw();
      this.say(`Both logits ${size}: loss ${loss.toFixed(5)}. ${this.one(".x-note").textContent}`);
    }

    // From the logit, or from 0 when the logit is off already: ln 2, and where it lands.
    draw() {
      const { svg, method, pulled, found: { o, apart, losses } } = this, W = svg.clientWidth;
      if (!W) return;
      const x = (v) => (v - LOW) / (HIGH - LOW) * W, px = x(1) - x(0);
      const unit = method ? 2 ** -24 : apart, gap = Math.max(unit, 1.5 / px), loss = losses[method];
      let ticks = "";
      for (let n = Math.ceil(LOW / gap); n * gap <= HIGH; n++) {
        ticks += `M${x(n * gap)} ${Y - 9}v18`;
      }
      const to = x(Math.LN2) + pulled * (x(loss) - x(Math.LN2)),
        name = (v) => whole((method ? 0 : o) + v);
      const text = (at, y, words, name = "") =>
        `<text x="${at}" y="${y}" class="${name}">${words}</text>`;
      svg.innerHTML = `<path class="x-axis" d="M0 ${Y}H${W}"/>
        <path class="${gap * px > 20 ? "x-mark" : "x-ticks"}" d="${ticks}"/>
        ${text(W, 13, `the numbers of float32: ${brief(unit)} apart`, "x-end")}
        ${
        listing(method || apart < 8 ? [0] : [0, 8], (v) =>
          `<path class="x-lead" d="M${x(v)} ${Y + 12}v22"/>` +
          text(Math.max(x(v), 3.8 * name(v).length), Y + 48, name(v), "x-mid"))
      }
        <g class="x-hit"><path d="M${x(0)} ${Y - 22}v-7H${to}v7"/>
        ${text(x(0), Y - 37, show(loss, 5), "x-loss-at")}
        <path class="x-lead" d="M${x(Math.LN2)} ${Y + 10}v10"/>
        ${text(x(Math.LN2) + 6, Y + 26, "ln 2 belongs here")}
        <circle class="x-ghost" cx="${x(Math.LN2)}" cy="${Y}" r="7"/></g>
        <circle class="x-on" cx="${x(0)}" cy="${Y}" r="7"/>
        <g class="x-hit"><circle class="x-on" cx="${to}" cy="${Y}" r="${
        Math.abs(to - x(0)) < 3 ? 4 : 7
      }"/></g>`;
    }
  }

  Object.assign(xent, { twins });
  customElements.define("xent-spacing", Spacing);
})();
