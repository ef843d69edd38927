// The page for the host of a wall: a yes or no to each photo that waits.

import {counted} from "./wording.js";

const $ = (id) => document.getElementById(id);
const PAUSE = 1000; // ms between questions
const MOST_SHOWN = 60;
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const headers = {"x-mosaicdb-token": token};

async function asked(url, options = {}) {
  const response = await fetch(url, {...options, headers: {...headers, ...options.headers}});
  if (!response.ok) {
    throw new Error((await response.text()).slice(0, 300) || `${url}: ${response.status}`);
  }
  return response;
}

class Host {
  constructor() {
    this.items = new Map();
    this.ids = [];
    $("all").addEventListener("click", () => this.answer(this.ids.slice(0, MOST_SHOWN), []));
  }

  async run() {
    for (;;) {
      await this.look();
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  async look() {
    try {
      this.#list(await (await asked("waiting.json")).json());
      this.isLost = false;
    } catch (error) {
      this.isLost = true;
      $("status").textContent = error.message;
    }
  }

  #list(waiting) {
    this.ids = waiting.map(([id]) => id);
    $("facts").textContent = counted(waiting.length, "photo");
    $("all").disabled = waiting.length === 0;
    const known = new Set(this.ids);
    for (const [id, item] of this.items) {
      if (!known.has(id)) {
        item.remove();
        this.items.delete(id);
      }
    }
    for (const [id, name] of waiting.slice(0, MOST_SHOWN)) {
      if (!this.items.has(id)) {
        const item = this.#item(id, name);
        this.items.set(id, item);
        $("waiting").append(item);
      }
    }
  }

  #item(id, name) {
    const item = document.createElement("li");
    const picture = document.createElement("canvas");
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `The photo ${name}`);
    const title = document.createElement("p");
    title.textContent = name;
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    buttons.append(
      this.#button("Yes", `Yes, show ${name}`, () => this.answer([id], [])),
      this.#button("No", `No, never show ${name}`, () => this.answer([], [id])),
    );
    item.append(picture, title, buttons);
    this.#draw(picture, id);
    return item;
  }

  #button(text, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }

  // An image element could not send the token.
  async #draw(picture, id) {
    try {
      const bitmap = await createImageBitmap(await (await asked(`waiting/${id}.jpg`)).blob());
      [picture.width, picture.height] = [bitmap.width, bitmap.height];
      picture.getContext("2d").drawImage(bitmap, 0, 0);
    } catch {
      // it was answered meanwhile
    }
  }

  async answer(shown, refused) {
    try {
      const response = await asked("answers", {
        method: "POST",
        headers: {"content-type": "application/json"},
        body: JSON.stringify({shown, refused}),
      });
      $("status").textContent = (await response.json()).said;
    } catch (error) {
      $("status").textContent = error.message;
    }
    await this.look();
  }
}

new Host().run();
