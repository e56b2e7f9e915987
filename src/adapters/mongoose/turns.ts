/** Runs one at a time. Whoever asks while one runs shares the next with all who ask meanwhile: it begins after they asked. */
export function inTurns<Answer>(work: () => Promise<Answer>): () => Promise<Answer> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Answer> | undefined;
  const begin = (): Promise<Answer> => {
    next = undefined;
    const run = work();
    running = run;
    return run;
  };
  return () => (next ??= running.then(begin, begin));
}
