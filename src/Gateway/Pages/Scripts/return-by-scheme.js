// A browser that hands an address to an app on the device stays on this page. This shows a link to
// the app in its place; without it the choice is sent all the same.
(() => {
  const form = document.getElementById("grant");
  const returned = document.getElementById("returned");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { "X-Arda-Return": "1" },
      });
      if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
        const { return_to: address } = await answer.json();
        returned.querySelector("a").href = address;
        document.getElementById("asking").hidden = true;
        returned.hidden = false;
        returned.focus();
        location.href = address;
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("main").focus();
    } catch {
      returned.querySelector("a").hidden = true;
      returned.querySelector("p").textContent = "The connection broke off. Go back to the app and try again.";
      returned.hidden = false;
    }
  });
})();
