// Keeps the progress of a batch up to date; the page works without it.
"use strict";
const progress = document.getElementById("progress");
const EVERY_MS = 2000;

async function look() {
  try {
    const answer = await fetch(progress.dataset.address + location.search, { credentials: "same-origin" });
    if (answer.ok) {
      // Our own page, escaped where it was made.
      const seen = new DOMParser().parseFromString(await answer.text(), "text/html");
      progress.replaceChildren(...seen.body.childNodes);
    }
    if (!answer.ok || answer.headers.get("X-Batch-Works") === "0") {
      location.reload();
      return;
    }
  } catch {
    // The network may come back.
  }
  setTimeout(look, EVERY_MS);
}

if (progress?.dataset.address) setTimeout(look, EVERY_MS);
