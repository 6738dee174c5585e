using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http.Docs;

/// <summary>
/// What the page of one error code says beyond what <see cref="DenialTable"/> says already: the
/// code, status, example bodies and recovery action of the page come from the sample's own row.
/// </summary>
/// <param name="Sample">One denial of the kind, with figures that read well.</param>
/// <param name="WhatHappened">For the developer who meets it the first time.</param>
/// <param name="WayOut">What to do, most likely first.</param>
internal sealed record ErrorArticle(Denial Sample, string WhatHappened, params string[] WayOut);

internal static partial class ErrorArticles
{
    private static readonly NanoUsd s_balance = NanoUsd.FromCents(3);
    private static readonly NanoUsd s_required = NanoUsd.FromCents(12);
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);

    /// <summary>One for each kind of denial; a test says that none is missing.</summary>
    public static IEnumerable<ErrorArticle> All =>
        [.. OfTheRequest(), .. OfTheKey(), .. OfMoney(), .. OfTheMoment()];

    private static ErrorArticle[] OfTheRequest() =>
        [
            new(
                new Denial.InvalidRequest("'messages' must be an array.", "messages"),
                "The request cannot be understood: the JSON is broken, a member is missing or has "
                    + "the wrong type. Nothing was sent to a provider and nothing was charged.",
                "Read 'param': it is the JSON path of what is wrong.",
                "Compare the body with the API reference of the dialect you speak."
            ),
            new(
                new Denial.InvalidReturnUrl(
                    "'return_url' begins with an origin or a scheme that the app has registered: "
                        + "https://app.example."
                ),
                "After the billing portal a person is sent to addresses of the app alone, so that a "
                    + "link into the portal cannot lead anywhere else.",
                "Send an address whose origin, or whose own scheme, is registered for the app.",
                "Register the address, or leave 'return_url' out: the portal then says how it ended."
            ),
            new(
                new Denial.UnsupportedParameter(
                    "logit_bias",
                    "The model 'claude-sonnet-4-6' has no 'logit_bias'; leave it out."
                ),
                "The request is well formed, but the chosen model or its provider cannot do what "
                    + "the parameter asks for, and dropping it silently would change the answer.",
                "Leave the parameter out, or choose a model whose capabilities include it: "
                    + "GET /v1/gateway/catalog lists them.",
                "With arda/auto such models are skipped by themselves."
            ),
            new(
                new Denial.ModelNotFound(
                    "gpt-nope",
                    "Did you mean 'gpt-5'? GET /v1/models lists the models that are here."
                ),
                "No model of that name is sold here. It may be misspelt, retired, or its provider "
                    + "may not be configured on this gateway.",
                "Take an id from GET /v1/models.",
                "Send 'arda/auto' and let the gateway choose."
            ),
            new(
                new Denial.NoEligibleModel("vision"),
                "AutoRoute found no model that meets everything the request needs. The requirement "
                    + "that ruled out the last ones is named in the message.",
                "Relax that requirement, for example a max_price that nothing meets.",
                "Name a model yourself to see its own answer."
            ),
            new(
                new Denial.ProviderRejected(
                    400,
                    "This model's maximum context length is 128000 tokens; your messages have "
                        + "131072.",
                    "invalid_request_error",
                    "context_length_exceeded",
                    "messages"
                ),
                "The model's provider refused the request as wrong. You see the provider's own "
                    + "message, type and code, because only they say what to change. Nothing was "
                    + "charged.",
                "Change what the message names, then send the request again.",
                "A prompt that is too long needs a shorter history or a model with a larger window."
            ),
            new(
                new Denial.RequestTooLarge(33_554_432),
                "The body is larger than this gateway takes.",
                "Send images and files by URL instead of inline.",
                "The operator can raise Http:RequestBytesMax."
            ),
            new(
                new Denial.UnsupportedMediaType("A body of the type 'text/plain'"),
                "Only plain JSON is read here, without a Content-Encoding.",
                "Send 'Content-Type: application/json' and do not compress the body."
            ),
            new(
                new Denial.NotFound("generation"),
                "The address or the id in it is unknown, or it belongs to another project.",
                "Check the path against the API reference and the id against the answer it came "
                    + "from.",
                "Check that the key belongs to the same project."
            ),
            new(
                new Denial.MethodNotAllowed("POST"),
                "The address exists, but not for this HTTP method.",
                "Use one of the methods in the Allow header.",
                "A redirect on the way may have turned your POST into a GET: check the base URL."
            ),
            new(
                new Denial.IdempotencyInFlight(),
                "A request with the same Idempotency-Key is still running, so this one would be a "
                    + "second, paid one.",
                "Wait as Retry-After says and send it again: you then get the first one's answer, "
                    + "charged once."
            ),
            new(
                new Denial.IdempotencyMismatch(),
                "The Idempotency-Key was used before with another body. Answering from the store "
                    + "would give you the answer to a different question.",
                "Make a new key for every new request; keep one only for retries of the same bytes."
            ),
        ];

    private static ErrorArticle[] OfTheKey() =>
        [
            new(
                new Denial.InvalidKey("This key is not known; check it or connect again."),
                "No key was sent, it is malformed, or it was never issued by this gateway. Keys "
                    + "look like gw_sk_ followed by 49 letters and digits; the last six are a "
                    + "checksum, so a cut copy is noticed.",
                "Send 'Authorization: Bearer gw_sk_…' or 'x-api-key: gw_sk_…'.",
                "Check that the key was issued by this gateway and not by a provider.",
                "Connect the user again if the key is lost."
            ),
            new(
                new Denial.KeyRevoked(),
                "The user, the app or the operator revoked the key, or it was found published and "
                    + "revoked for safety. It never becomes valid again.",
                "Forget the key and connect the user again."
            ),
            new(
                new Denial.KeyExpired(),
                "The key was made with an end date, and that has passed.",
                "Connect again, or make a new key in the console."
            ),
            new(
                new Denial.InsufficientScope(["balance:read"]),
                "The key is valid, but the user did not grant what this address needs. The missing "
                    + "scopes are listed in 'gateway.missing_scopes'.",
                "Connect again and ask for those scopes; the user sees what is new.",
                "Do without: everything else works with this key as it is."
            ),
            new(
                new Denial.ConsentRequired(),
                "The app raised its markup after the user agreed to a lower one. Nobody pays a "
                    + "price they have not seen, so the old connection stops until they agree.",
                "Send the user through the connect page again; it shows the old and the new price."
            ),
            new(
                new Denial.AppSuspended(),
                "The operator suspended the app that this key belongs to. The user's balance is "
                    + "not touched.",
                "Users: ask the app's publisher.",
                "Publishers: the Developers dashboard says why and how to answer."
            ),
            new(
                new Denial.SignInRequired("Sign in first; this address is for people."),
                "This address acts for a person who is signed in, and nobody is, or the sign-in is "
                    + "too old for what was asked. No key opens it.",
                "Sign in in the browser that sends the request, and send it again."
            ),
            new(
                new Denial.Forbidden("Send the form token of this session, from the same site."),
                "The request came from another site, or without the proof that a page of this "
                    + "gateway sent it. Nothing was changed.",
                "Load the page again and send it from there."
            ),
        ];
}
