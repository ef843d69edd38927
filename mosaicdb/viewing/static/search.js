// Finds photos by name, and goes to where they stand.

import {counted} from "./wording.js";

const $ = (id) => document.getElementById(id);
const WAIT = 200; // ms after the last key

export class Search {
  constructor(contents, onChosen, onError) {
    this.contents = contents;
    this.onChosen = onChosen;
    this.onError = onError;
    this.input = $("query");
    this.input.disabled = false;
    this.count = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#find(), WAIT);
    });
    $("search").addEventListener("submit", async (event) => {
      event.preventDefault();
      clearTimeout(this.waiting);
      await this.#find();
      $("found-list").querySelector("button")?.focus();
    });
    for (const element of [this.input, $("found")]) {
      element.addEventListener("keydown", (event) => this.#onKey(event));
    }
  }

  #onKey(event) {
    const buttons = [...$("found-list").querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") {
      this.close();
      this.input.focus();
    } else if (event.key === "ArrowDown") {
      buttons[Math.min(place + 1, buttons.length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && place >= 0) {
      (buttons[place - 1] ?? this.input).focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  close() {
    this.count += 1;
    $("found").hidden = true;
    $("found-list").replaceChildren();
  }

  async #find() {
    this.count += 1;
    const number = this.count;
    const text = this.input.value.trim();
    if (!text) {
      this.close();
      return;
    }
    try {
      const found = await this.contents.search(text, () => this.count === number);
      if (this.count === number) {
        this.#list(found);
      }
    } catch (error) {
      this.onError(error);
    }
  }

  #list(found) {
    const count = counted(found.length, "photo");
    const {mostFound, isLive} = this.contents.summary;
    const told = found.length === mostFound ? `The first ${count}` : count;
    const isMissed = isLive && !found.length;
    $("found-count").textContent = isMissed ? "No photo of that name or number is here" : told;
    $("found-list").replaceChildren(
      ...found.map(([tile, path, row, column]) => {
        const [item, button] = [document.createElement("li"), document.createElement("button")];
        const [name, place] = [document.createElement("div"), document.createElement("div")];
        name.textContent = path.split("/").pop() || `photo ${tile}`;
        place.className = "quiet";
        place.textContent = `${this.contents.placeName(row, column)}: ${path}`;
        button.type = "button";
        button.append(name, place);
        button.addEventListener("click", () => {
          this.close();
          this.onChosen(row, column);
        });
        item.append(button);
        return item;
      }),
    );
    $("found").hidden = false;
  }
}
