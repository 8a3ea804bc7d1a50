import type { Page } from 'playwright-core';
import { waitFor } from '../../../packages/server/test/support/wait-for.ts';

/** Reads what a page shows. */
export function createPageReader(page: Page) {
  const text = async (selector: string): Promise<string> =>
    (await page.textContent(selector)) ?? '';
  return {
    text,
    /** Resolves with the text of an element, once it matches. */
    waitForText: (selector: string, pattern: RegExp): Promise<string> =>
      waitFor(
        async () => {
          const found = await text(selector);
          return pattern.test(found) ? found : undefined;
        },
        `${selector} like ${String(pattern)}`,
      ),
    count: async (selector: string): Promise<number> =>
      Number((await text(selector)).replaceAll(',', '')),
  };
}
