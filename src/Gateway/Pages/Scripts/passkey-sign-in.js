// Shows the passkey button where the browser can use one; without this the code by mail is enough.
(() => {
  const form = document.getElementById("passkey");
  if (!form || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  form.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch("/sign-in/passkey/options", {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await answer.json());
      const credential = await navigator.credentials.get({ publicKey });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (problem) {
      button.disabled = false;
      status.textContent =
        problem.name === "NotAllowedError"
          ? "No passkey was used. Try again, or take a code by mail."
          : "That did not work. Take a code by mail instead.";
    }
  });
})();
