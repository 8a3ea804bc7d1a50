/**
 * Resolves with true once the store can be used, and with false if the signal aborts before. Who is
 * closed just after the store was opened may still save what it has.
 */
export function untilOpened(opened: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      // A promise that is resolved already says so a moment later: it comes first.
      queueMicrotask(() => {
        resolve(false);
      });
    };
    void opened.then(() => {
      signal.removeEventListener('abort', giveUp);
      resolve(true);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) {
      giveUp();
    }
  });
}
