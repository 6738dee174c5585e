// A page whose user pays: PKCE, the key in this tab alone, and a portal link when it is needed.
import {
    ArdaGateway,
    createGatewayOAuthAuthorizationUrl,
    exchangeGatewayOAuthCode,
} from '@arda/gateway-sdk';

const { baseUrl, clientId } = await (await fetch('/app.json')).json();
const app = { baseUrl, clientId, redirectUri: `${location.origin}/callback` };

/** @type {(id: string) => any} */
const at = (id) => document.getElementById(id);

at('connect').onclick = async () => {
    const auth = await createGatewayOAuthAuthorizationUrl(app);
    location.href = auth.url;
};

const code = new URLSearchParams(location.search).get('code');
if (location.pathname === '/callback' && code !== null) {
    const connected = await exchangeGatewayOAuthCode({ ...app, code });
    // The code is used up; take it out of the address bar.
    history.replaceState(null, '', '/');
    sessionStorage.setItem('key', connected.apiKey);
}

const apiKey = sessionStorage.getItem('key');
at('connect').hidden = apiKey !== null;
at('ask').hidden = apiKey === null;
at('notice').textContent = apiKey === null ? 'Not connected.' : 'Connected.';

/** @param {SubmitEvent} event */
at('ask').onsubmit = async (event) => {
    event.preventDefault();
    const gateway = new ArdaGateway({ apiKey: apiKey ?? '', baseUrl });
    at('answer').textContent = '';
    try {
        const result = await gateway.createChatCompletionStreamWithMetadata(
            { model: 'arda/auto', messages: [{ role: 'user', content: at('ask').question.value }] },
            {
                // Shown as a link, because browsers open windows only when somebody clicks.
                waitForUser: {
                    openPortal(portal, recovery) {
                        at('notice').textContent = recovery.message;
                        at('portal').href = portal.url;
                        at('portal').hidden = false;
                    },
                },
            },
        );
        at('portal').hidden = true;
        for await (const chunk of result.stream) {
            at('answer').textContent += chunk.choices[0]?.delta.content ?? '';
        }
        const { cost } = await result.final;
        at('notice').textContent =
            `${result.routing?.selectedModel}, $${cost?.totalUsd.toFixed(6)}`;
    } catch (error) {
        at('notice').textContent = String(error);
    }
};
