// Swap, ban and undo: only a server can do that.

const $ = (id) => document.getElementById(id);

export class Changes {
  constructor(contents, onChanged, say) {
    this.contents = contents;
    this.onChanged = onChanged;
    this.say = say;
    const {isEditable} = contents.summary;
    $("changes").hidden = !isEditable;
    $("undo").hidden = !isEditable;
    $("swap").addEventListener("click", () => this.swap(null));
    $("put").addEventListener("submit", (event) => {
      event.preventDefault();
      this.swap(Number($("put-tile").value));
    });
    $("ban").addEventListener("click", () => this.#change({kind: "ban", tile: this.cell.tile}));
    $("undo").addEventListener("click", () => this.#change({kind: "undo"}));
    this.#allow(true);
  }

  swap(tile) {
    this.#change({kind: "swap", row: this.cell.row, column: this.cell.column, tile});
  }

  #allow(isAllowed) {
    for (const button of document.querySelectorAll("#changes button, #undo")) {
      button.disabled = !isAllowed;
    }
    $("undo").disabled = !isAllowed || !this.contents.summary.canUndo;
  }

  async #change(what) {
    this.#allow(false);
    this.say("Changing the mosaic …");
    let said;
    try {
      const answer = await this.contents.change({...what, version: this.contents.summary.version});
      said = answer.said;
    } catch (error) {
      said = error.message;
    }
    try {
      const before = this.contents.summary.version;
      await this.contents.renew();
      if (this.contents.summary.version !== before) {
        await this.onChanged();
      }
    } catch (error) {
      said = error.message;
    }
    this.#allow(true);
    this.say(said);
  }
}
