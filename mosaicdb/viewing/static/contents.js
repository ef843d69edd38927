// What the page reads, from a server or from a folder of files: each document once.

const BLOCKS_KEPT = 256;
export const TILE_SIDE = 256; // pixels

async function fetched(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) {
    throw new Error((await response.text()).slice(0, 300) || `${url}: ${response.status}`);
  }
  return response.json();
}

export class Contents {
  static async open() {
    return new Contents(await fetched("mosaic.json"));
  }

  constructor(summary) {
    this.summary = summary;
    this.blocks = new Map();
    this.pieces = new Map();
    this.names = new Map();
    this.tileVersions = new Map();
  }

  // Forgets what a change of the mosaic made untrue.
  async renew() {
    const {version} = this.summary;
    this.summary = await fetched("mosaic.json");
    if (this.summary.version !== version) {
      this.blocks.clear();
      this.pieces.clear();
    }
  }

  get query() {
    return this.summary.isServed ? `?v=${this.summary.version}` : "";
  }

  tileUrl(level, x, y) {
    const version = this.tileVersions.get(`${level}/${x}_${y}`) ?? this.firstVersion;
    const query = version ? `?v=${version}` : this.query;
    return `mosaic_files/${level}/${x}_${y}.jpeg${query}`;
  }

  // Takes in what has changed of a live mosaic: see `growth_document` in documents.py. Tiles of the
  // picture in which nothing has changed keep their links, so that they are not loaded again.
  grow({version, photos, changed}) {
    if (changed) {
      this.firstVersion ??= this.summary.version;
      changed.forEach(([row, column]) => this.#noteTiles(row, column, version));
    } else {
      this.firstVersion = null;
      this.tileVersions.clear();
    }
    this.summary = {...this.summary, version, photos};
    this.blocks.clear();
    this.pieces.clear();
  }

  #noteTiles(row, column, version) {
    const {width, height, columns, rows} = this.summary;
    const most = Math.ceil(Math.log2(Math.max(width, height)));
    const [cellWidth, cellHeight] = [width / columns, height / rows];
    for (let level = 0; level <= most; level += 1) {
      const scale = 2 ** (level - most) / TILE_SIDE;
      // a pixel more on each side, as smaller pictures are made of several pixels
      const first = (place, cell) => Math.max(0, Math.floor(place * cell * scale - 1 / TILE_SIDE));
      const last = (place, cell) => Math.floor((place + 1) * cell * scale + 1 / TILE_SIDE);
      for (let y = first(row, cellHeight); y <= last(row, cellHeight); y += 1) {
        for (let x = first(column, cellWidth); x <= last(column, cellWidth); x += 1) {
          this.tileVersions.set(`${level}/${x}_${y}`, version);
        }
      }
    }
  }

  photoUrl(tile) {
    const piece = Math.floor(tile / this.summary.photosAPiece);
    return `photos/${piece}/${tile}.jpg`;
  }

  // Gives what stands in a cell: {row, column, tile, crop, isFlipped, distance, name}; null: nothing.
  async cell(row, column) {
    const side = this.summary.blockSide;
    const block = await this.#block(Math.floor(row / side), Math.floor(column / side));
    const [y, x] = [row % side, column % side];
    const tile = block.tiles[y][x];
    if (tile < 0) {
      return null;
    }
    return {
      row,
      column,
      tile,
      crop: block.crops?.[y][x][2] ? block.crops[y][x] : null,
      isFlipped: Boolean(block.flipped?.[y][x]),
      distance: block.distances?.[y][x] ?? null,
      name: block.names[tile] || `photo ${tile}`,
    };
  }

  #block(row, column) {
    const key = `${row}_${column}`;
    let block = this.blocks.get(key);
    this.blocks.delete(key);
    if (!block) {
      block = fetched(`cells/${key}.json${this.query}`);
      block.catch(() => this.blocks.delete(key));
    }
    this.blocks.set(key, block);
    if (this.blocks.size > BLOCKS_KEPT) {
      this.blocks.delete(this.blocks.keys().next().value);
    }
    return block;
  }

  // Gives what is known of a photo: see `photos_document` in documents.py.
  async photo(tile) {
    const piece = Math.floor(tile / this.summary.photosAPiece);
    if (!this.pieces.has(piece)) {
      const photos = fetched(`photos/${piece}.json${this.query}`);
      photos.catch(() => this.pieces.delete(piece));
      this.pieces.set(piece, photos);
    }
    return (await this.pieces.get(piece))[tile];
  }

  // Says which cell one is. People who look for their photo on a wall count from 1.
  placeName(row, column) {
    const first = this.summary.isLive ? 1 : 0;
    return `row ${row + first}, column ${column + first}`;
  }

  // Gives how far a live mosaic has grown: see `growth_document` in documents.py.
  growth() {
    return fetched(`growth.json?since=${this.summary.version}`);
  }

  // Finds photos by a part of their paths: a list of [tile, path, row, column].
  async search(text, isWanted) {
    if (this.summary.isServed) {
      return fetched(`search.json?text=${encodeURIComponent(text)}`);
    }
    const found = [];
    const sought = text.toLowerCase();
    for (let file = 0; file < this.summary.nameFiles && found.length < this.summary.mostFound; file += 1) {
      if (!this.names.has(file)) {
        this.names.set(file, await fetched(`names/${file}.json`));
      }
      if (!isWanted()) {
        break;
      }
      found.push(...this.names.get(file).filter(([, path]) => path.toLowerCase().includes(sought)));
    }
    return found.slice(0, this.summary.mostFound);
  }

  // Has the server change the mosaic; gives what it answers.
  change(what) {
    return fetched("changes", {
      method: "POST",
      headers: {"content-type": "application/json", "x-mosaicdb-token": this.summary.token},
      body: JSON.stringify(what),
    });
  }
}
