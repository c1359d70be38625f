/* A picture of a live part as it looks now: a copy of it, in an image that brings the page's sheets
   and the fonts in use. Share asks for this file when a reader wants a picture. */
const MARGIN = 24, LINE = 20, SHARPNESS = 2; // pixels, and pixels of the picture for each

const asData = async (address) => {
  const blob = await (await fetch(address)).blob();
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });
};

// What an image doesn't have: scripts, a root of its own that is HTML, and time to move.
const styles = async () => {
  const sheets = [...document.styleSheets].map((sheet) =>
    [...sheet.cssRules].map(({ cssText }) =>
      cssText.replace(
        /url\("?([^")]+)"?\)/g,
        (_, to) => `url("${new URL(to, sheet.href ?? location.href).href}")`,
      )
    ).join("\n")
  );
  let text = sheets.join("\n").replaceAll("(scripting: enabled)", "(min-width: 0)")
    .replaceAll(":root", "html");
  const used = [...document.fonts].filter(({ status }) => status === "loaded")
    .map(({ family }) => family.replaceAll('"', ""));
  for (const face of new Set(text.match(/@font-face\s*\{[^}]*\}/g))) {
    const [, address] = face.match(/url\("([^"]+)"\)/) ?? [];
    const known = used.some((family) => face.includes(family));
    const data = address && known ? face.replace(address, await asData(address)) : "";
    text = text.replaceAll(face, data);
  }
  return `${text}\n*, ::before, ::after {
    animation-delay: 0s !important; animation-duration: 0s !important;
    transition: none !important;
  }`;
};

// A copy says what was typed, and not what the page began with.
const copy = (part) => {
  const made = part.cloneNode(true), fields = "input, textarea, select";
  const copies = made.querySelectorAll(fields);
  part.querySelectorAll(fields).forEach((one, at) => {
    const its = copies[at];
    if (its.matches("textarea")) its.textContent = one.value;
    else its.setAttribute("value", one.value);
    its.toggleAttribute("checked", one.checked ?? false);
    [...its.options ?? []].forEach((x, i) =>
      x.toggleAttribute("selected", one.options[i].selected)
    );
  });
  for (const one of made.querySelectorAll(".share, script")) one.remove();
  return made;
};

// The elements around a part, since its sheets ask for them and their width, but not their place.
const within = (part, made) => {
  for (let one = part.parentElement; one; one = one.parentElement) {
    const around = one.cloneNode(false);
    around.style.cssText = `display: block !important; position: static !important;
      box-sizing: border-box; width: ${one.clientWidth}px !important; min-height: 0 !important;
      margin: 0 !important; padding: 0 !important; border: 0 !important;
      overflow: visible !important; transform: none`;
    around.append(made);
    made = around;
  }
  return made;
};

// The colour that the part lies on.
const ground = (one) => {
  const { backgroundColor } = getComputedStyle(one);
  return /, 0\)$/.test(backgroundColor) && one.parentElement
    ? ground(one.parentElement)
    : backgroundColor;
};

export const picture = async (part) => {
  const shown = part.offsetWidth ? part : part.edge; // a part may have no box of its own
  const { width, height } = shown.getBoundingClientRect(), look = getComputedStyle(shown);
  const root = document.documentElement, space = "http://www.w3.org/2000/svg";
  const made = copy(shown);
  made.style.cssText += `; display: block; width: ${width}px !important; margin: 0 !important;
    min-height: 0 !important; max-width: none !important`;
  const sheet = document.createElement("style");
  sheet.textContent = await styles();
  const whole = within(shown, made);
  whole.prepend(sheet);
  whole.style.translate = `${MARGIN}px ${MARGIN}px`;

  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("width", innerWidth); // which the sheets ask for
  svg.setAttribute("height", Math.max(innerHeight, height));
  svg.style.fontSize = getComputedStyle(root).fontSize;
  const inside = document.createElementNS(space, "foreignObject");
  inside.setAttribute("width", "100%");
  inside.setAttribute("height", "100%");
  inside.append(whole);
  svg.append(inside);
  const image = new Image();
  image.src = `data:image/svg+xml,${
    encodeURIComponent(new XMLSerializer().serializeToString(svg))
  }`;
  await image.decode();

  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
  canvas.width = SHARPNESS * wide;
  canvas.height = SHARPNESS * (high + LINE);
  pen.scale(SHARPNESS, SHARPNESS);
  pen.fillStyle = ground(shown);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, wide, high, 0, 0, wide, high);
  pen.fillStyle = look.color;
  pen.globalAlpha = 0.75;
  pen.font = `${look.fontSize} ${look.fontFamily}`;
  const book = document.title.split(" — ").pop();
  const { host } = document.querySelector("link[rel=canonical]") ? new URL(pageLink.home) : {};
  const whence = [part.dataset.title, book, host].filter(Boolean).join(" · ");
  pen.fillText(whence, MARGIN, high, width);
  return new Promise((done) => canvas.toBlob(done));
};
