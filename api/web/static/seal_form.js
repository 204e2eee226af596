// Shows how the seal would look while its words are typed; the page works without it.
"use strict";
const form = document.getElementById("seal-form");
const look = document.getElementById("look");
const PAUSE_MS = 300;
const DRAWN = "rim_text bottom_text second_line rim_number has_star diameter_mm image image_file".split(" ");
let waiting = 0;
let asked = 0;

async function draw() {
  const number = ++asked;
  const content = new FormData(form);
  for (const name of [...content.keys()]) {
    // What the picture does not need stays here.
    if (![...DRAWN, "kept-image_file", "seal"].includes(name)) content.delete(name);
  }
  try {
    const answer = await fetch(`/seal-pictures${location.search}`, { method: "POST", body: content, credentials: "same-origin" });
    if (!answer.ok || number !== asked) return;
    // Our own page, escaped where it was made.
    const seen = new DOMParser().parseFromString(await answer.text(), "text/html");
    look.replaceChildren(...seen.body.childNodes);
  } catch {
    // The button beside the picture does the same.
  }
}

form?.addEventListener("input", (event) => {
  if (!DRAWN.includes(event.target.name)) return;
  if (event.target.name === "image_file" && event.target.files.length) {
    form.elements.namedItem("image").value = "file";
  }
  clearTimeout(waiting);
  waiting = setTimeout(draw, PAUSE_MS);
});

// The file fields that may stay empty: whether a file was chosen.
form?.classList.add("speaks");
form?.addEventListener("change", (event) => {
  if (event.target.type === "file") event.target.classList.toggle("filled", event.target.files.length > 0);
});
