"use strict";
// Browsers let a page that was opened from a file read no others: say what to do instead.
if (location.protocol === "file:") {
  const failed = document.getElementById("failed");
  failed.textContent = "This page needs a web server, such as: python3 -m http.server --bind 127.0.0.1";
  failed.hidden = false;
}
