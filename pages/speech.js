// The button to the other language; it also tells the browser, and so a screen reader, in which
// language the page is.
//
// data.language  the one that is spoken (ISO 639)
// data.other     the one that the button leads to, data.name as it calls itself

export default function ({ parentElement: root, data, setTriggerValue }) {
  document.documentElement.lang = data.language;
  const button = root.querySelector("button");
  button.lang = data.other;
  button.textContent = data.name;
  button.style.setProperty("--ink", data.ink);
  button.style.setProperty("--quiet", data.quiet);
  button.onclick = () => setTriggerValue("language", data.other);
}
