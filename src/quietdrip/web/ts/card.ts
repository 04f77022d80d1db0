/** What the card page does beside asking the server: find, tap a unit, copy, and never look current when it is not. */

const ask = element<HTMLFormElement>("ask");
const picker = element<HTMLDetailsElement>("picker");
const find = element<HTMLInputElement>("find");

/* What is shown belongs to what was typed before, until the next answer takes its place. A late
   answer to an earlier question is dropped: it could even put the earlier text back into a box. */
ask.addEventListener("input", (event) => {
  if (event.target === find) return;
  ask.dispatchEvent(new Event("htmx:abort"));
  element("answer").dataset.state = "earlier";
});

document.addEventListener("htmx:error", () => behind());
document.addEventListener("htmx:response:error", () => behind());
document.addEventListener("htmx:after:swap", () => {
  for (const wrong of ask.querySelectorAll(".wrong")) {
    const folded = wrong.closest("details");
    if (folded) folded.open = true;
  }
});

find.addEventListener("input", (event) => {
  event.stopPropagation(); // finding asks the server nothing
  const words = find.value.toLowerCase().split(/\s+/);
  let found = 0;
  for (const group of picker.querySelectorAll<HTMLElement>(".group")) {
    let here = 0;
    for (const line of group.querySelectorAll<HTMLElement>(".protocol")) {
      const text = `${group.firstElementChild?.textContent} ${line.textContent}`.toLowerCase();
      line.hidden = !words.every((word) => text.includes(word));
      if (!line.hidden) here += 1;
    }
    group.hidden = here === 0;
    found += here;
  }
  element("none").hidden = found > 0;
  element("found").textContent = find.value ? `${found} found` : "";
});

find.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  picker.querySelector<HTMLInputElement>(".protocol:not([hidden]) input")?.focus();
});

picker.addEventListener("keydown", (event) => {
  const on = event.target;
  if (event.key !== "Enter" || !(on instanceof HTMLInputElement) || on.type !== "radio") return;
  event.preventDefault();
  if (!on.checked) on.click();
  chosen();
});

picker.addEventListener("click", (event) => {
  // Arrow keys click too, on their way through the list; only a pointer has chosen (detail > 0).
  const on = event.target;
  if (!(on instanceof Element) || event.detail === 0) return;
  if (on.closest(".protocol")) setTimeout(chosen);
});

document.addEventListener("click", (event) => {
  const on = event.target instanceof Element ? event.target.closest("button") : null;
  if (on?.id === "print") window.print();
  if (on?.dataset.unit) unit(on, on.dataset.unit);
  if (on?.dataset.copy) copy(on, on.dataset.copy);
});

/** Fold the list and go on to the weight. */
function chosen(): void {
  if (!picker.querySelector("input:checked")) return;
  picker.open = false;
  document.querySelector<HTMLInputElement>("#f-weight")?.focus();
}

/** Write a tapped unit behind the number that was typed, in place of a unit that stood there. */
function unit(button: HTMLElement, name: string): void {
  const box = button.closest(".type")?.querySelector("input");
  if (!box) return;
  const typed = /^[^\sa-zA-Z/]*/.exec(box.value)?.[0] ?? "";
  box.value = typed ? `${typed} ${name}` : "";
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

async function copy(button: HTMLElement, from: string): Promise<void> {
  const says = button.querySelector("span");
  if (!says) return;
  try {
    await navigator.clipboard.writeText(element(from).textContent ?? "");
    says.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(element(from));
    says.textContent = "Selected: copy it with the keyboard";
  }
}

/** The server did not answer: what stands there is not for what is typed now. */
function behind(): void {
  const answer = element("answer");
  answer.dataset.state = "behind";
  const says = answer.querySelector<HTMLElement>(".behind");
  if (says) says.hidden = false;
}

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as T;
}
