// Waiting for what a person would wait for.

/** How long a person waits for something before giving up, in milliseconds. PARLOUR_PATIENCE=3 triples it. */
export const PATIENCE = 15_000 * Number(process.env.PARLOUR_PATIENCE ?? 1);

const BETWEEN_LOOKS = 100;

/**
 * Looks again and again until `look` returns something truthy, and returns that.
 *
 * A page that is being replaced cannot be looked at for a moment, so an error of `look` counts as "not yet"; the last
 * one is told when patience ends.
 *
 * @param {() => Promise<T> | T} look
 * @param {() => Promise<string> | string} complaint what a person would say who waited in vain
 * @param {{ within?: number, between?: number }} [options] milliseconds: the longest wait, and the one between two looks
 * @template T
 */
export async function until(look, complaint, { within = PATIENCE, between = BETWEEN_LOOKS } = {}) {
  const end = performance.now() + within;
  let error;
  do {
    try {
      const seen = await look();
      if (seen) return seen;
      error = undefined;
    } catch (thrown) {
      error = thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, between));
  } while (performance.now() < end);
  const said = await Promise.resolve(complaint()).catch((thrown) => `(the page cannot be read: ${thrown.message})`);
  throw new Error(`${said}\nWaited ${(within / 1000).toFixed(0)} s.${error ? ` Last error: ${error.message}` : ''}`);
}

/** Lets time pass: only for what lasts by itself, such as an outage; never for something that will happen. */
export const passes = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** A limit of the product in seconds, stretched by PARLOUR_PATIENCE like all waiting; in milliseconds. */
export const limit = (seconds) => (seconds * 1_000 * PATIENCE) / 15_000;
