"use strict";
for (const slider of document.querySelectorAll(".slider")) {
  const frames = JSON.parse(slider.dataset.frames);
  const [now, input, output] = [".now", "input", "output"].map((part) => slider.querySelector(part));
  const show = () => {
    const [epoch, steps] = frames[input.value];
    now.setAttribute("d", steps);
    output.textContent = "epoch " + epoch;
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.max = frames.length - 1;
  input.value = input.max;
  input.addEventListener("input", show);
  show();
  slider.hidden = false;
}
