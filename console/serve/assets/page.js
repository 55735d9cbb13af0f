// The keys go to the console at once, and come back to it when the window does.
"use strict";
function focusTerminal() {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys !== null && !document.body.classList.contains("-closed")) keys.focus();
}
window.addEventListener("load", () => setTimeout(focusTerminal, 0));
window.addEventListener("focus", focusTerminal);
