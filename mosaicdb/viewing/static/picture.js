// The picture: OpenSeadragon, and places in it as cells.

import {TILE_SIDE} from "./contents.js";

const ORIGINALS_FROM = 100; // pixels that a cell has on the screen
const ORIGINALS_AT_MOST = 250;
const CELLS_AROUND = 6;

// OpenSeadragon adds a style sheet to the page unless it finds one, and the policy would refuse it:
// it finds an element of that name which is no style sheet.
const mark = document.createElementNS("urn:mosaicdb", "style");
mark.setAttribute("data-openseadragon-mobile-css", "");
document.head.append(mark);

export class Picture {
  constructor(element, contents) {
    this.element = element;
    this.contents = contents;
    const {width, height, columns, rows} = contents.summary;
    [this.columns, this.rows] = [columns, rows];
    this.cellWidth = 1 / columns;
    this.cellHeight = height / width / rows;
    this.viewer = new OpenSeadragon.Viewer({
      element,
      tileSources: this.#source(),
      drawer: "canvas",
      showNavigationControl: false,
      maxZoomLevel: Math.max(1, columns),
      visibilityRatio: 0.5,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.6,
      gestureSettingsMouse: {clickToZoom: false, dblClickToZoom: true},
      gestureSettingsPen: {clickToZoom: false, dblClickToZoom: true},
    });
    this.viewport = this.viewer.viewport;
    this.selection = document.createElement("div");
    this.selection.className = "selected";
    this.originals = new Map();
    this.target = null;
    this.viewer.addHandler("open", () => this.#watch(this.viewer.world.getItemAt(0)));
    for (const event of ["open", "animation-finish", "resize"]) {
      this.viewer.addHandler(event, () => this.#showOriginals());
    }
  }

  #source() {
    const {width, height} = this.contents.summary;
    return {
      width,
      height,
      tileSize: TILE_SIDE,
      tileOverlap: 0,
      getTileUrl: (level, x, y) => this.contents.tileUrl(level, x, y),
    };
  }

  // Draws a mosaic that has changed, at the same place: over what is shown until all of it is there.
  redraw() {
    for (const overlay of this.originals.values()) {
      this.viewer.removeOverlay(overlay);
    }
    this.originals.clear();
    const {world} = this.viewer;
    const before = world.getItemAt(0);
    return new Promise((done, fail) => {
      this.viewer.addTiledImage({
        tileSource: this.#source(),
        index: 1,
        success: ({item}) => {
          const replace = () => {
            if (item.getFullyLoaded()) {
              item.removeHandler("fully-loaded-change", replace);
              world.removeItem(before);
              done();
            }
          };
          item.addHandler("fully-loaded-change", replace);
          this.#watch(item);
          this.#showOriginals();
          replace();
        },
        error: ({message}) => fail(new Error(message)),
      });
    });
  }

  #watch(picture) {
    const tell = () => this.element.setAttribute("aria-busy", String(!picture.getFullyLoaded()));
    picture.addHandler("fully-loaded-change", tell);
    tell();
  }

  // Gives row and column of the cell at a point of the element, in pixels; null: beside the mosaic.
  cellAt(x, y) {
    const point = this.viewport.pointFromPixel(new OpenSeadragon.Point(x, y), true);
    const [row, column] = [point.y / this.cellHeight, point.x / this.cellWidth].map(Math.floor);
    return this.has(row, column) ? [row, column] : null;
  }

  has(row, column) {
    return row >= 0 && column >= 0 && row < this.rows && column < this.columns;
  }

  cellInCentre() {
    const centre = this.viewport.getCenter(true);
    const row = Math.floor(centre.y / this.cellHeight);
    const column = Math.floor(centre.x / this.cellWidth);
    return [Math.min(Math.max(row, 0), this.rows - 1), Math.min(Math.max(column, 0), this.columns - 1)];
  }

  #rectangle(row, column, around = 0) {
    return new OpenSeadragon.Rect(
      (column - around) * this.cellWidth,
      (row - around) * this.cellHeight,
      (1 + 2 * around) * this.cellWidth,
      (1 + 2 * around) * this.cellHeight,
    );
  }

  select(row, column) {
    this.viewer.removeOverlay(this.selection);
    this.viewer.addOverlay({element: this.selection, location: this.#rectangle(row, column)});
  }

  deselect() {
    this.viewer.removeOverlay(this.selection);
  }

  // Goes to a cell, and closer where cells are too small to be seen.
  jump(row, column) {
    const near = this.#rectangle(row, column, CELLS_AROUND);
    if (this.viewport.getBounds().width < near.width * 1.2) {
      this.viewport.panTo(near.getCenter());
    } else {
      this.viewport.fitBounds(near);
    }
  }

  // Moves only if a cell is out of sight.
  reveal(row, column) {
    const bounds = this.viewport.getBounds();
    const cell = this.#rectangle(row, column);
    const right = cell.x + cell.width > bounds.x + bounds.width;
    const below = cell.y + cell.height > bounds.y + bounds.height;
    if (cell.x < bounds.x || cell.y < bounds.y || right || below) {
      this.viewport.panTo(cell.getCenter());
    }
  }

  zoomBy(factor) {
    this.viewport.zoomBy(factor);
    this.viewport.applyConstraints();
  }

  panBy(across, down) {
    const bounds = this.viewport.getBounds();
    this.viewport.panBy(new OpenSeadragon.Point(across * bounds.width, down * bounds.height));
    this.viewport.applyConstraints();
  }

  home() {
    this.viewport.goHome();
  }

  get place() {
    const centre = this.viewport.getCenter();
    return {x: centre.x, y: centre.y, z: this.viewport.getZoom()};
  }

  set place({x, y, z}) {
    this.viewport.zoomTo(z, null, true);
    this.viewport.panTo(new OpenSeadragon.Point(x, y), true);
    this.viewport.applyConstraints(true);
  }

  // Lays the target over the mosaic: 0 not at all, 1 it alone.
  showTarget(opacity) {
    this.opacity = opacity;
    this.viewer.element.style.setProperty("--photos", String(1 - opacity));
    if (this.target) {
      this.target.setOpacity(opacity);
    } else if (opacity > 0 && !this.isLoadingTarget) {
      this.isLoadingTarget = true;
      this.viewer.addSimpleImage({
        url: `target.jpg${this.contents.query}`,
        width: 1,
        opacity,
        success: ({item}) => {
          this.target = item;
          item.setOpacity(this.opacity);
        },
      });
    }
  }

  // Lays the original photos over cells that are large on the screen.
  async #showOriginals() {
    const wanted = this.#largeCells();
    for (const [key, overlay] of this.originals) {
      if (!wanted.has(key)) {
        this.viewer.removeOverlay(overlay);
        this.originals.delete(key);
      }
    }
    for (const [key, [row, column]] of wanted) {
      if (!this.originals.has(key)) {
        const overlay = document.createElement("div");
        overlay.className = "original";
        this.originals.set(key, overlay);
        this.#fill(overlay, row, column);
      }
    }
  }

  async #fill(overlay, row, column) {
    const cell = await this.contents.cell(row, column).catch(() => null);
    if (cell && this.originals.get(`${row},${column}`) === overlay) {
      const photo = document.createElement("img");
      photo.alt = "";
      photo.className = "loading";
      photo.onload = () => photo.classList.remove("loading");
      photo.src = this.contents.photoUrl(cell.tile);
      const part = document.createElement("div");
      part.className = cell.isFlipped ? "part flipped" : "part";
      part.append(photo);
      if (cell.crop) {
        const [left, top, width, height] = cell.crop;
        photo.classList.add("cropped");
        Object.assign(photo.style, {
          left: `${(-100 * left) / width}%`,
          top: `${(-100 * top) / height}%`,
          width: `${100 / width}%`,
          height: `${100 / height}%`,
        });
      }
      overlay.append(part);
      this.viewer.addOverlay({element: overlay, location: this.#rectangle(row, column)});
    }
  }

  #largeCells() {
    const cells = new Map();
    const {width, columns} = this.contents.summary;
    const pixels = (this.viewport.getContainerSize().x * this.viewport.getZoom()) / columns;
    if (pixels < Math.max(ORIGINALS_FROM, (1.2 * width) / columns)) {
      return cells;
    }
    const bounds = this.viewport.getBounds();
    const [top, left] = [bounds.y / this.cellHeight, bounds.x / this.cellWidth].map(Math.floor);
    const bottom = Math.floor((bounds.y + bounds.height) / this.cellHeight);
    const right = Math.floor((bounds.x + bounds.width) / this.cellWidth);
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        if (this.has(row, column) && cells.size < ORIGINALS_AT_MOST) {
          cells.set(`${row},${column}`, [row, column]);
        }
      }
    }
    return cells;
  }
}
