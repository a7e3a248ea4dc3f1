// What comes in while the pointer is down waits until it is up: what is replaced under it is not
// pressed.
let down = false;
const waiting = [];

// calmly does work now, or as soon as nobody is pressing anything.
export function calmly(work) {
  down ? waiting.push(work) : work();
}

function up() {
  // The press itself comes first.
  setTimeout(() => {
    down = false;
    waiting.splice(0).forEach((work) => work());
  });
}

document.addEventListener("pointerdown", () => (down = true), true);
document.addEventListener("pointerup", up, true);
document.addEventListener("pointercancel", up, true);
window.addEventListener("blur", up);
