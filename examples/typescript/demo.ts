// Where the gateway is and which app this is. An app of your own knows both; here they come from the
// demo that `./build run` makes.
import { readFileSync } from 'node:fs';

interface Demo {
  base_url: string;
  demo_client_id: string;
  demo_confidential_client_id: string;
  demo_confidential_client_secret: string;
}

const file = process.env['ARDA_DEMO'] ?? new URL('../../.data/demo.json', import.meta.url);
const demo = JSON.parse(readFileSync(file, 'utf8')) as Demo;

export const baseUrl = demo.base_url;
export const clientId = demo.demo_client_id;
export const confidential = {
  clientId: demo.demo_confidential_client_id,
  clientSecret: demo.demo_confidential_client_secret,
};
