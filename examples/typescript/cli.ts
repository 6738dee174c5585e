// A command line: the user approves a code in any browser, and the answer is written as it comes.
//   node cli.ts "What is a bridge?"
import {
  startGatewayDeviceAuthorization,
  waitForGatewayDeviceAuthorization,
} from '@arda/gateway-sdk';
import { baseUrl, clientId } from './demo.ts';

const question = process.argv[2] ?? 'Hello';
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Stopped.')));
const { signal } = stop;

const device = await startGatewayDeviceAuthorization({ baseUrl, clientId, signal });
console.log(`Open ${device.verificationUri} and enter ${device.userCode}`);

const { gateway, project } = await waitForGatewayDeviceAuthorization({
  baseUrl,
  clientId,
  ...device,
  signal,
});
console.log(`Connected: ${project.slug} pays.\n`);

const { stream, routing, final } = await gateway.createChatCompletionStreamWithMetadata(
  { model: 'arda/auto', messages: [{ role: 'user', content: question }] },
  {
    signal,
    // An empty balance is no error here: the user pays, and the answer comes.
    waitForUser: {
      openPortal: (portal) => console.log(`Your balance is used up. Top up at ${portal.url}`),
    },
  },
);
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');

const { cost } = await final;
console.log(`\n\n${routing?.selectedModel} for $${cost?.totalUsd.toFixed(6)}`);
await gateway.revoke();
