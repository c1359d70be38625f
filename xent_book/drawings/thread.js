/* The last scene. The hollow dot is the reader's last bet; where the page may move, scrolling
   chooses the picture, and both dots go to their places in it. */
(() => {
  "use strict";
  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

  const TALL = 1.6; // how much higher the drawings are where a screen is upright

  // What the game has stored.
  const game = () => {
    try {
      return JSON.parse(localStorage.getItem("xent-game")) ?? {};
    } catch {
      return {};
    }
  };
  // How many of the 100 chips were on the word that came, the last time; of an infinite loss
  // nothing is stored but null.
  const bet = ({ last }) =>
    last === null ? 0 : last >= 0 ? Math.round(100 * Math.exp(-last)) : null;
  const written = (x, digits) =>
    Number.isFinite(x) ? x.toFixed(digits).replace("-", "−") : x > 0 ? "∞" : "−∞";

  // How far along a curve that goes down, of x and y in turn, it is as low as this.
  const along = (points, y) => {
    let i = 2;
    while (i < points.length - 2 && points[i + 1] < y) i += 2;
    const [a, b, c, d] = points.slice(i - 2, i + 2);
    return clamp(a + (c - a) * (y - b) / (d - b), a, c);
  };

  class Thread extends HTMLElement {
    connectedCallback() {
      if (this.list) return;
      this.stage = this.firstElementChild;
      this.list = this.querySelector("ol");
      this.items = [...this.list.children];
      const kept = game(), chips = bet(kept);
      const moves = this.closest(".bd-article"); // JupyterLab scrolls in its own way
      this.high = 1;
      if (moves && matchMedia("screen and (max-aspect-ratio: 3/4)").matches) this.heighten();
      if (chips !== null) this.show(chips, kept.word);
      // Where all five words have come, the next bet is on another five.
      if (kept.bets?.length === 5) {
        this.querySelector("a").hash = `five=${(kept.five + 1) % this.dataset.fives}`;
      }
      if (moves) this.move();
    }

    // The drawings fill an upright screen: all that is up or down in them goes further.
    heighten() {
      const by = this.high = TALL;
      const set = (node, name, make) => node.setAttribute(name, make(node.getAttribute(name)));
      const times = (text) => by * text;
      for (const svg of this.querySelectorAll("svg")) {
        set(svg, "viewBox", (box) => box.split(" ").map((x, i) => i % 2 ? by * x : x).join(" "));
        for (const name of ["cy", "y", "height"]) {
          for (const node of svg.querySelectorAll(`[${name}]`)) set(node, name, times);
        }
        for (const line of svg.querySelectorAll("path")) {
          set(line, "d", (d) => d.replace(/ ([\d.]+)/g, (_, y) => ` ${by * y}`));
        }
      }
    }

    show(chips, word = "the word that came") {
      const p = chips / 100, loss = 0 - Math.log(p);
      const others = Number(this.dataset.others); // the log-sum-exp of the other scores
      const score = Math.log(p / (1 - p)) + others;
      for (const one of this.querySelectorAll("[data-who]")) one.textContent = one.dataset.who;
      const said = {
        chips,
        nats: written(loss, 2),
        score: written(score, 1),
        word,
        on: " on ",
        as: " got from you",
      };
      for (const one of this.querySelectorAll("[data-bet]")) {
        one.textContent = said[one.dataset.bet];
      }
      const by = [1, p, loss, score];
      for (const dot of this.querySelectorAll("circle.you")) {
        const along = dot.dataset.along.split(" ").map(Number);
        const at = (from) =>
          by.reduce((sum, x, i) => sum + (along[from + i] && along[from + i] * x), 0);
        const x = at(0), y = at(4);
        // What is infinite stands at the edge, with an arrow to where it is.
        const where = Number.isFinite(x) ? Number.isFinite(y) ? "" : "↑" : x > 0 ? "→" : "←";
        this.put(dot, clamp(x, 0, 480), this.high * clamp(y, 0, 224), where);
      }
    }

    // A dot, and what belongs to it: the line that joins it, or on a curve its place and a word.
    put(dot, x, y, where) {
      const { joined, early, late } = dot.dataset;
      if (joined) dot.previousElementSibling.setAttribute("d", `M${x} ${y}H${joined}`);
      if (early) {
        const line = dot.parentNode.querySelector("path.x-ink").getAttribute("d");
        const points = line.match(/[\d.]+/g).map(Number);
        x = along(points, y);
        const [before, after] = dot.parentNode.querySelectorAll(".early, .late");
        before.textContent = y < points[1] ? early : "";
        before.setAttribute("y", y + 6);
        after.textContent = y > points.at(-1) ? late : "";
      }
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      if (where && !early) {
        const arrow = document.createElementNS(dot.namespaceURI, "text");
        arrow.textContent = where;
        arrow.setAttribute("class", "x-ink");
        // Up beside the dot, and aside above it, or below it at the picture's upper edge.
        arrow.setAttribute("x", where === "↑" ? x + 14 : x - 10);
        arrow.setAttribute("y", where === "↑" ? y + 10 : y > 60 ? y - 16 : y + 32);
        dot.after(arrow);
      }
    }

    move() {
      const dots = document.createElement("li");
      dots.className = "dots";
      dots.ariaHidden = "true";
      const circle = (name) => `<circle class="${name}" r="8"></circle>`;
      dots.innerHTML = `<svg>${circle("hit ring")}${circle("you")}</svg>`;
      const box = this.querySelector("svg").getAttribute("viewBox");
      dots.firstChild.setAttribute("viewBox", box);
      dots.firstChild.setAttribute("preserveAspectRatio", "xMinYMid");
      this.list.append(dots);
      this.dots = [...dots.querySelectorAll("circle")];
      // Where each dot stands in each picture; in the last, no word has come.
      this.places = this.dots.map(({ classList: [name] }) =>
        this.items.map((item) => {
          const dot = item.querySelector(`circle.${name}`);
          return dot && [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))];
        })
      );
      let asked;
      const ask = () => {
        cancelAnimationFrame(asked);
        asked = requestAnimationFrame(() => this.draw());
      };
      addEventListener("scroll", ask, { passive: true });
      addEventListener("resize", ask);
      // Who comes to the link by keys sees it.
      this.addEventListener("focusin", () => {
        if (!this.items.at(-1).classList.contains("here")) this.scrollIntoView({ block: "end" });
      });
      this.draw();
    }

    draw() {
      const room = this.offsetHeight - this.stage.offsetHeight;
      const top = Number.parseFloat(getComputedStyle(this.stage).top) || 0;
      const gone = clamp((top - this.getBoundingClientRect().top) / room, 0, 1);
      const here = Math.min(Math.floor(gone * this.items.length), this.items.length - 1);
      for (const [k, item] of this.items.entries()) item.classList.toggle("here", k === here);
      // They go there by themselves, so that they rest between two pictures nowhere.
      for (const [k, dot] of this.dots.entries()) {
        const [x, y] = this.places[k][here] ?? this.places[k][here - 1];
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", y);
        dot.classList.toggle("gone", !this.places[k][here]);
      }
    }
  }
  customElements.define("xent-thread", Thread);
})();
