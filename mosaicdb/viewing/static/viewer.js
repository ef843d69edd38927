// Puts the page together.

import {Changes} from "./changes.js";
import {Contents} from "./contents.js";
import {Live} from "./live.js";
import {Panel} from "./panel.js";
import {Picture} from "./picture.js";
import {Search} from "./search.js";
import {counted} from "./wording.js";

const $ = (id) => document.getElementById(id);
const KEYS = "arrow keys go from cell to cell, Enter tells of its photo, plus and minus zoom, 0 shows all";
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
const ZOOM = 1.6;

class Page {
  constructor(contents) {
    this.contents = contents;
    this.selected = null;
    this.picture = new Picture($("mosaic"), contents);
    this.panel = new Panel(
      contents,
      (row, column) => this.goTo(row, column),
      () => this.closePanel(),
    );
    this.search = new Search(
      contents,
      (row, column) => this.goTo(row, column),
      (error) => this.say(error.message),
    );
    this.changes = new Changes(contents, () => this.renew(), (text) => this.say(text));
    this.describe();
    this.listenToPicture();
    this.listenToButtons();
    this.offerTarget();
    addEventListener("hashchange", () => this.restore());
  }

  describe() {
    const {title, columns, rows, photos} = this.contents.summary;
    document.title = `${title} – mosaic`;
    $("title").textContent = title;
    $("facts").textContent = `${columns} × ${rows} cells, ${counted(photos, "photo")}`;
    const {canvas} = this.picture.viewer;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `${title}, ${columns} columns and ${rows} rows of photos: ${KEYS}`);
  }

  listenToPicture() {
    const {viewer} = this.picture;
    viewer.addHandler("open", () => this.restore());
    viewer.addHandler("animation-finish", () => this.remember());
    viewer.addHandler("canvas-click", (event) => {
      const cell = event.quick && this.picture.cellAt(event.position.x, event.position.y);
      if (cell) {
        this.select(...cell, {opens: true});
      }
    });
    viewer.addHandler("canvas-key", (event) => this.onKey(event));
    viewer.addHandler("tile-load-failed", () => {
      if (this.contents.summary.isEditable) {
        this.say("Parts of the mosaic cannot be drawn: were its thumbnails rebuilt? Then start the viewer again");
      }
    });
    viewer.addHandler("open-failed", (event) => fail(new Error(event.message)));
    $("mosaic").addEventListener("pointermove", (event) => this.onHover(event));
    $("mosaic").addEventListener("pointerleave", () => this.hideName());
  }

  listenToButtons() {
    $("zoom-in").addEventListener("click", () => this.picture.zoomBy(ZOOM));
    $("zoom-out").addEventListener("click", () => this.picture.zoomBy(1 / ZOOM));
    $("home").addEventListener("click", () => this.picture.home());
    $("target").addEventListener("input", () => {
      this.picture.showTarget($("target").value / 100);
      this.remember();
    });
  }

  offerTarget() {
    if (!this.contents.summary.hasTarget) {
      return;
    }
    $("slider").hidden = false;
    const picture = new Image();
    picture.onload = () => {
      this.panel.target = picture;
    };
    picture.src = `target.jpg${this.contents.query}`;
  }

  onKey(event) {
    const key = event.originalEvent;
    event.preventDefaultAction = true; // OpenSeadragon's keys turn and mirror
    if (key.ctrlKey || key.altKey || key.metaKey) {
      return;
    }
    const step = STEPS[key.key];
    if (step && key.shiftKey) {
      this.picture.panBy(0.2 * step[1], 0.2 * step[0]);
    } else if (step) {
      this.step(...step);
    } else if (key.key === "Enter" || key.key === " ") {
      this.select(...(this.selected ?? this.picture.cellInCentre()), {opens: true, takesFocus: true});
    } else if (key.key === "+" || key.key === "=") {
      this.picture.zoomBy(ZOOM);
    } else if (key.key === "-") {
      this.picture.zoomBy(1 / ZOOM);
    } else if (key.key === "0" || key.key === "Home") {
      this.picture.home();
    } else if (key.key === "Escape") {
      this.closePanel();
    } else {
      return;
    }
    key.preventDefault();
  }

  step(down, across) {
    const [row, column] = this.selected ?? this.picture.cellInCentre();
    const [nextRow, nextColumn] = this.selected ? [row + down, column + across] : [row, column];
    if (this.picture.has(nextRow, nextColumn)) {
      this.picture.reveal(nextRow, nextColumn);
      this.select(nextRow, nextColumn, {opens: this.panel.isOpen});
    }
  }

  goTo(row, column) {
    this.picture.jump(row, column);
    this.select(row, column, {opens: true});
  }

  async select(row, column, {opens = false, takesFocus = false} = {}) {
    this.selected = [row, column];
    this.picture.select(row, column);
    this.remember();
    try {
      const cell = await this.contents.cell(row, column);
      if (this.selected?.[0] !== row || this.selected[1] !== column) {
        return;
      }
      const place = this.contents.placeName(row, column);
      this.say(`${place[0].toUpperCase()}${place.slice(1)}: ${cell ? cell.name : "no photo"}`);
      if (cell && opens) {
        this.changes.cell = cell;
        await this.panel.open(cell, takesFocus);
      } else if (opens) {
        this.panel.close();
      }
    } catch (error) {
      this.say(error.message);
    }
  }

  // Shows a mosaic that has changed, at the same place.
  async renew() {
    this.describe();
    await this.picture.redraw();
    $("mosaic").dataset.photos = this.contents.summary.photos;
    if (this.selected) {
      await this.select(...this.selected, {opens: this.panel.isOpen});
    }
  }

  closePanel() {
    this.panel.close();
    this.picture.deselect();
    this.selected = null;
    this.say("");
    this.remember();
    this.picture.viewer.canvas.focus();
  }

  async onHover(event) {
    if (event.pointerType === "touch") {
      return;
    }
    const box = $("mosaic").getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const place = this.picture.cellAt(x, y);
    this.hovered = place?.join();
    if (!place) {
      this.hideName();
      return;
    }
    const cell = await this.contents.cell(...place).catch(() => null);
    if (this.hovered !== place.join()) {
      return;
    }
    const name = $("name");
    name.hidden = cell === null;
    name.textContent = cell?.name ?? "";
    name.style.left = `${Math.max(0, Math.min(x + 14, box.width - name.offsetWidth - 2))}px`;
    name.style.top = `${y + 24 + name.offsetHeight > box.height ? y - name.offsetHeight - 8 : y + 20}px`;
  }

  hideName() {
    this.hovered = null;
    $("name").hidden = true;
  }

  // Keeps the place in the link.
  remember() {
    if (this.isRestoring) {
      return;
    }
    const {x, y, z} = this.picture.place;
    const parts = [`x=${x.toFixed(5)}`, `y=${y.toFixed(5)}`, `z=${z.toFixed(4)}`];
    if (this.selected) {
      parts.push(`cell=${this.selected.join()}`);
    }
    if ($("target").value !== "0") {
      parts.push(`target=${$("target").value}`);
    }
    this.hash = `#${parts.join("&")}`;
    history.replaceState(null, "", this.hash);
  }

  // Goes where the link says.
  restore() {
    if (location.hash === this.hash) {
      return;
    }
    const link = new URLSearchParams(location.hash.slice(1));
    const target = Math.min(100, Number.parseInt(link.get("target") ?? "0", 10) || 0);
    $("target").value = String(target);
    this.picture.showTarget(target / 100);
    const cell = /^(\d{1,6}),(\d{1,6})$/.exec(link.get("cell") ?? "");
    const [row, column] = cell ? [Number(cell[1]), Number(cell[2])] : [-1, -1];
    const isCell = this.picture.has(row, column);
    const [x, y, z] = ["x", "y", "z"].map((name) => Number.parseFloat(link.get(name)));
    const isPlace = [x, y, z].every(Number.isFinite) && z > 0;
    const go = () => {
      if (isPlace) {
        this.picture.place = {x, y, z};
      } else if (isCell) {
        this.picture.jump(row, column);
      }
      this.isRestoring = false;
    };
    this.isRestoring = true;
    if (isCell && this.panel.show()) {
      // beside the panel there is less room, to which OpenSeadragon fits after this event
      this.picture.viewer.addOnceHandler("resize", () => requestAnimationFrame(go));
    } else {
      go();
    }
    if (isCell) {
      this.select(row, column, {opens: true});
    }
  }

  say(text) {
    $("status").textContent = text;
  }
}

function fail(error) {
  $("failed").textContent = `The mosaic cannot be shown: ${error.message}`;
  $("failed").hidden = false;
}

try {
  window.mosaicPage = new Page(await Contents.open());
  if (window.mosaicPage.contents.summary.isLive) {
    new Live(window.mosaicPage).run();
  }
} catch (error) {
  fail(error);
}
