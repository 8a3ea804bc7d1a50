/** Resolves with true once the store can be used, and with false if the signal aborts before. */
export function untilOpened(opened: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      resolve(false);
    };
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) {
      giveUp();
    }
    void opened.then(() => {
      signal.removeEventListener('abort', giveUp);
      resolve(true);
    });
  });
}
