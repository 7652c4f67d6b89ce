// Rules of accessibility (axe-core), run within a page.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What breaks a rule of WCAG 2.2 A or AA on a page, in words.
 *
 * @param {object} tab an open tab of Chromium
 */
export async function violations(tab) {
  const [page] = tab.context.pages();
  // Not as a script element: the page's policy forbids those.
  await page.evaluate(source);
  const found = await page.evaluate(() =>
    window.axe.run({ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } }),
  );
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id} (${help}): ${html.slice(0, 200)}`));
}
