// A ready sentence goes to the end of what is written; a second tap takes it out again.
document.addEventListener("click", (event) => {
  const phrase = event.target.closest("[data-phrase]");
  if (!phrase) return;
  const field = document.getElementById(phrase.dataset.into), words = phrase.dataset.phrase;
  field.value = field.value.includes(words) ? field.value.replace(words, "").trim() : [field.value.trim(), words].filter(Boolean).join("");
  field.dispatchEvent(new Event("input", {bubbles: true}));
  field.focus({preventScroll: true});
});
