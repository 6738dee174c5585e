// Asks the device for a new passkey and posts its public half with the form.
(() => {
  const form = document.getElementById("passkey");
  const button = form.querySelector("button");
  const status = document.getElementById("passkey-status");
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    status.textContent = "This browser cannot make passkeys. Everything else works without one.";
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!form.reportValidity()) return;
    status.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch("/account/passkeys/options", {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await answer.json());
      const credential = await navigator.credentials.create({ publicKey });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (problem) {
      button.disabled = false;
      status.textContent =
        problem.name === "InvalidStateError"
          ? "This device has a passkey for this account already."
          : "No passkey was made. You can try again.";
    }
  });
})();
