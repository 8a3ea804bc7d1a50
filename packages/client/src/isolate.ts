/** Runs code of the user. An error in it is the user's, and keeps nothing of ours from going on. */
export function isolate(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
