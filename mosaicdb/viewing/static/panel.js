// The panel: a photo, what is known of it, and where else it stands. Texts are only ever text.

const $ = (id) => document.getElementById(id);

function hex(rgb) {
  return `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

export class Panel {
  constructor(contents, onJump, onClose) {
    this.contents = contents;
    this.onJump = onJump;
    this.element = $("panel");
    $("close").addEventListener("click", onClose);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        onClose();
      }
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  // Gives whether it was closed before.
  show() {
    const wasClosed = this.element.hidden;
    this.element.hidden = false;
    return wasClosed;
  }

  close() {
    this.element.hidden = true;
    this.cell = null;
  }

  async open(cell, takesFocus) {
    this.cell = cell;
    $("panel-name").textContent = cell.name;
    const photo = $("photo");
    photo.alt = `The photo ${cell.name}`;
    $("stand-in").hidden = true;
    $("photo-facts").replaceChildren();
    $("others").hidden = true;
    this.show();
    photo.src = this.contents.photoUrl(cell.tile);
    if (takesFocus) {
      $("panel-name").focus();
    }
    const facts = await this.contents.photo(cell.tile);
    if (this.cell !== cell || !facts) {
      return;
    }
    this.#tell(cell, facts);
    this.#listOthers(cell, facts);
    await photo.decode().catch(() => {});
    const least = Math.min(Math.max(facts.width, facts.height), this.contents.summary.photoSide);
    const shown = Math.max(photo.naturalWidth, photo.naturalHeight);
    $("stand-in").hidden = this.cell !== cell || shown === 0 || shown >= least - 1;
  }

  #tell(cell, facts) {
    const say = (name, ...values) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      value.append(...values);
      $("photo-facts").append(term, value);
    };
    say("Path", facts.path + (facts.isGone ? " (gone)" : ""));
    say("Taken", facts.takenAt || "unknown");
    if (facts.camera) {
      say("Camera", facts.camera);
    }
    say("Size", `${facts.width} × ${facts.height} pixels`);
    say("Colour", ...this.#coloured(facts.rgb));
    const target = this.#targetColour(cell);
    if (target) {
      say("Target here", ...this.#coloured(target));
    }
    const shown = `${cell.crop ? ", a part of the photo" : ""}${cell.isFlipped ? ", mirrored" : ""}`;
    say("Cell", `${this.contents.placeName(cell.row, cell.column)}${shown}`);
    say("Distance", cell.distance === null ? "unknown" : String(cell.distance));
    say("Tile", String(cell.tile));
    say("Stands in", facts.uses === 1 ? "this cell only" : `${facts.uses.toLocaleString("en")} cells`);
  }

  #coloured(rgb) {
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.backgroundColor = hex(rgb);
    return [swatch, hex(rgb)];
  }

  // Sets the picture of the target, by which the panel tells its colour in a cell.
  set target(picture) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    this.pixels = canvas.getContext("2d", {willReadFrequently: true});
    this.pixels.drawImage(picture, 0, 0);
  }

  #targetColour({row, column}) {
    if (!this.pixels) {
      return null;
    }
    const {columns, rows} = this.contents.summary;
    const {width, height} = this.pixels.canvas;
    const x = Math.floor((column * width) / columns);
    const y = Math.floor((row * height) / rows);
    const across = Math.max(1, Math.floor(((column + 1) * width) / columns) - x);
    const down = Math.max(1, Math.floor(((row + 1) * height) / rows) - y);
    const {data} = this.pixels.getImageData(x, y, across, down);
    const sums = [0, 0, 0];
    data.forEach((value, place) => {
      if (place % 4 < 3) {
        sums[place % 4] += value;
      }
    });
    return sums.map((sum) => sum / (data.length / 4));
  }

  #listOthers(cell, facts) {
    const others = facts.places.filter(([row, column]) => row !== cell.row || column !== cell.column);
    $("others").hidden = others.length === 0;
    const more = facts.uses - 1 - others.length;
    $("others-title").textContent = more > 0 ? `Also in (and ${more.toLocaleString("en")} more)` : "Also in";
    $("others-list").replaceChildren(
      ...others.map(([row, column]) => {
        const [item, button] = [document.createElement("li"), document.createElement("button")];
        button.type = "button";
        button.textContent = this.contents.placeName(row, column);
        button.addEventListener("click", () => this.onJump(row, column));
        item.append(button);
        return item;
      }),
    );
  }
}
