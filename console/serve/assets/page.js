// The keys go to the console as soon as it is there, and come back to it when the window does.
"use strict";
function focusTerminal() {
  const keys = document.querySelector(".xterm-helper-textarea");
  const shown = document.body.classList;
  if (keys !== null && shown.contains("-first-byte") && !shown.contains("-closed")) keys.focus();
}
function begin() {
  const watcher = new MutationObserver(() => {
    if (document.body.classList.contains("-first-byte")) {
      watcher.disconnect();
      focusTerminal();
    }
  });
  watcher.observe(document.body, { attributeFilter: ["class"] });
}
document.addEventListener("DOMContentLoaded", begin);
window.addEventListener("focus", focusTerminal);
