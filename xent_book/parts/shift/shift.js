/* All scores shifted, or scaled, by a number of the text that the reader pulls. */
(() => {
  "use strict";
  const { Live, clamp, logProbabilities, minus, show } = xent;

  const KEYS = {
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
    PageUp: 10,
    PageDown: -10,
  };

  // A word keeps some share of a chip, however little.
  const counted = (chips) => (chips < 0.5 ? "<1" : chips.toFixed(0));

  class Shift extends Live {
    start() {
      const [svg, caption] = this.querySelector("figure").children, { value } = this.config;
      this.live.innerHTML = `${svg.outerHTML}
      <p class="x-pair"><button class="x-less" aria-label="less">−</button><button class="x-more"
        aria-label="more">+</button><button class="x-yours">Reset</button></p>
      <p><small>${caption.innerHTML}<span></span></small></p>
      <p class="visually-hidden" role="status"></p>`;
      this.one("svg").ariaHidden = "true";
      this.one(".x-yours").addEventListener("click", () => {
        this.pulled.focus();
        this.set(value);
      });
      // For those who cannot drag.
      const { least, most, step } = this.config;
      const jump = Math.ceil((most - least) / step / 40) * step;
      this.ends = [[".x-less", -jump, least], [".x-more", jump, most]].map(([name, by, end]) => {
        const button = this.one(name);
        button.addEventListener("click", () => this.set(this.value + by));
        return [button, end];
      });
      addEventListener("beforeprint", () => this.set(value)); // the figure is the stored one
      this.set(value);
      this.find();
      // JupyterLab shows the text after the figure, and anew when it is edited.
      new MutationObserver(() => this.find()).observe(document.body, {
        childList: true,
        subtree: true,
      });
    }

    // The number is the last before the figure that stands in bold and is its own.
    find() {
      if (this.pulled?.isConnected || !this.isConnected) return;
      const bold = [...document.querySelectorAll("strong")], { value } = this.config;
      this.pulled = bold.findLast((node) =>
        node.textContent === this.written(value) &&
        node.compareDocumentPosition(this) & Node.DOCUMENT_POSITION_FOLLOWING
      );
      if (!this.pulled) return;
      const beside = this.pulled.parentNode.querySelectorAll("strong");
      this.led = [...beside].filter((node) => node.textContent === this.lead(value));
      this.hold(this.pulled);
      this.one("small span").textContent =
        " Drag the underlined number in the text, or use the arrow keys.";
      this.set(this.value);
      clearTimeout(this.later); // said when something changes, not at first
    }

    hold(node) {
      const { change, value, least, most, step } = this.config, steps = (most - least) / step;
      Object.assign(node, {
        className: "x-pull",
        role: "spinbutton",
        tabIndex: 0,
        ariaLabel: change === "add" ? "added to every score" : "every score times",
        ariaValueMin: least,
        ariaValueMax: most,
      });
      node.addEventListener("keydown", (event) => {
        const by = KEYS[event.key];
        const to = by
          ? this.value + by * step
          : { Home: least, End: most, Escape: value }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.set(to);
      });
      // Pulled some pixels a step; a finger that goes on to scroll the page takes it back.
      const pixels = Math.max(3, 200 / steps);
      node.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        const from = this.value;
        node.setPointerCapture(event.pointerId);
        node.onpointermove = ({ clientX }) =>
          this.set(from + Math.round((clientX - event.clientX) / pixels) * step);
        node.onpointercancel = () => this.set(from);
        node.onlostpointercapture = () => (node.onpointermove = node.onpointercancel = null);
      });
    }

    written(value) {
      return minus(value.toFixed(this.config.digits));
    }

    scores(value) {
      return this.config.logits.map((x) => (this.config.change === "add" ? x + value : x * value));
    }

    // How far the word that came leads the best of the others.
    lead(value) {
      const o = this.scores(value), [came] = o.splice(this.config.target, 1);
      return show(came - Math.max(...o), 1);
    }

    set(wish) {
      const { change, tokens, value, least, most, step, digits } = this.config;
      this.value = Number(clamp(Math.round(wish / step) * step, least, most).toFixed(digits));
      const moved = change === "add" ? this.value : 0;
      const low = this.config.low + moved, width = this.config.high - this.config.low;
      const share = (length) => `${100 * length / width}%`;
      const o = this.scores(this.value), top = Math.max(...o);
      const chips = logProbabilities(o).map((x) => 100 * Math.exp(x));
      const line = this.one(".x-best");
      for (const end of ["x1", "x2"]) line.setAttribute(end, share(top - low));
      this.all(".x-lane").forEach((lane, i) => {
        const set = (name, attribute, to) => lane.querySelector(name).setAttribute(attribute, to);
        const put = (name, text) => (lane.querySelector(name).textContent = text);
        set(".x-at", "x", share(o[i] - low));
        set(".x-gap", "x2", share(top - o[i]));
        set(".x-pile", "width", `${0.19 * chips[i]}%`);
        put(".x-score", show(o[i], 1));
        put(".x-count", counted(chips[i]));
      });
      const by = Math.ceil(width / 4);
      let labels = "";
      for (let x = Math.ceil(low / by) * by; x < low + width; x += by) {
        labels += `<text x="${share(x - low)}">${minus(`${x}`)}</text>`;
      }
      this.one(".x-ticks").innerHTML = labels;
      this.one(".x-yours").disabled = this.value === value;
      for (const [button, end] of this.ends) button.ariaDisabled = this.value === end;
      if (!this.pulled) return;
      this.pulled.textContent = this.written(this.value);
      this.pulled.ariaValueNow = this.value;
      for (const node of this.led) node.textContent = this.lead(this.value);
      this.say(
        tokens.map((word, i) => `${word} ${show(o[i], 1)}, chips ${counted(chips[i])}`).join("; "),
      );
    }
  }

  customElements.define("xent-shift", Shift);
})();
