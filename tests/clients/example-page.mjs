// Uses the page of examples/typescript in a real browser. The consent page alone is answered by a
// person of the test.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../sdk/typescript/', import.meta.url))(
  'playwright-core',
);
const { CHROMIUM, PAGE, GUIDE_PEOPLE } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  await page.route('**/oauth/authorize?**', async (route) => {
    const query = new URLSearchParams({ url: route.request().url() });
    const answer = await fetch(`${GUIDE_PEOPLE}/consent?${query}`);
    const back = JSON.stringify(await answer.text());
    const body = `<script>location.replace(${back})</script>`;
    await route.fulfill({ contentType: 'text/html', body });
  });
  await page.goto(PAGE);
  await page.getByRole('button', { name: 'Connect with Arda' }).click();
  await page.getByText('Connected.', { exact: true }).waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('$0.').waitFor();
  assert.notEqual(await page.locator('#answer').textContent(), '');
  console.log(await page.locator('#notice').textContent());
} finally {
  await browser.close();
}
