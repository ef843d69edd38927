// A wall that grows while the page shows it: asks for news, and shows them.

const PAUSE = 250; // ms until a server that did not answer is asked again
const PAUSE_HIDDEN = 3000; // between questions, where nobody looks

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class Live {
  constructor(page) {
    this.page = page;
    this.contents = page.contents;
    const query = document.getElementById("query");
    query.placeholder = "Your photo: name or number";
    query.setAttribute("aria-label", "Find your photo by its name or number");
  }

  async run() {
    let isLost = false;
    for (;;) {
      await wait(document.hidden ? PAUSE_HIDDEN : isLost ? PAUSE : 0);
      try {
        // which is answered as soon as there is news, or after a while without
        const growth = await this.contents.growth();
        if (growth.version !== this.contents.summary.version) {
          await this.#show(growth);
        } else if (isLost) {
          this.page.say("");
        }
        isLost = false;
      } catch {
        isLost = true;
        this.page.say("The wall does not answer: it may have been stopped");
      }
    }
  }

  async #show(growth) {
    this.contents.grow(growth);
    await this.page.renew();
    const told = growth.newest.map(([name, row, column]) => `${name}: ${this.contents.placeName(row, column)}`);
    if (!this.page.selected) {
      this.page.say(told.join("; "));
    }
  }
}
