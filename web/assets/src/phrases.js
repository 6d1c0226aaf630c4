// A ready sentence goes to the end of what is written; a second tap takes it out again.
document.addEventListener("click", (event) => {
  const phrase = event.target.closest("[data-phrase]");
  if (!phrase) return;
  const field = document.getElementById(phrase.dataset.into), words = phrase.dataset.phrase;
  field.value = field.value.includes(words) ? field.value.replace(words, "").trim() : [field.value.trim(), words].filter(Boolean).join("");
  field.dispatchEvent(new Event("input", {bubbles: true}));
  field.focus({preventScroll: true});
});
// Alt and a number puts in the sentence of that place, also while one is writing.
document.addEventListener("keydown", (event) => {
  const number = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-9])$/.exec(event.code)?.[1];
  const phrase = number && document.querySelector(`[data-phrase][data-number="${number}"]`);
  if (!phrase) return;
  event.preventDefault();
  phrase.click();
});
