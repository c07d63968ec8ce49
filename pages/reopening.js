// A file dropped anywhere on the page goes to the control that opens saved files.
//
// data.text  what the page says while a file is held over it

const desk = window.atlasDesk || (window.atlasDesk = {});

const control = () => document.querySelector(".st-key-reopen input[type=file]");
const holdsFile = ({ dataTransfer }) => dataTransfer && [...dataTransfer.types].includes("Files");
// What has a place of its own to drop files into keeps them.
const isTaken = ({ target }) => target.closest && target.closest("[data-testid=stFileUploaderDropzone]");

function cover(shown) {
  if (!shown) {
    if (desk.cover) desk.cover.remove();
    desk.cover = null;
    return;
  }
  if (desk.cover) return;
  // Over all, the maps' frames too: what is dropped into a frame does not reach the page.
  desk.cover = document.createElement("div");
  desk.cover.className = "atlas-drop";
  desk.cover.textContent = desk.dropText;
  document.body.appendChild(desk.cover);
}

function entered(event) {
  if (!control() || !holdsFile(event) || isTaken(event)) return;
  event.preventDefault();
  cover(true);
}

function over(event) {
  if (desk.cover) event.preventDefault();
}

function left(event) {
  if (event.target === desk.cover) cover(false);
}

function dropped(event) {
  if (!desk.cover) return;
  event.preventDefault();
  cover(false);
  const input = control();
  const [file] = event.dataTransfer.files;
  if (!input || !file) return;
  const held = new DataTransfer();
  held.items.add(file);
  input.files = held.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

export default function ({ data }) {
  desk.dropText = data.text;
  if (desk.dropped) return;
  desk.dropped = dropped;
  document.addEventListener("dragenter", entered);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", left);
  document.addEventListener("drop", dropped);
}
