/** What tests read of a simulator's REST answers. */
import type { OandaSimulator } from '@tickwire/simulator';
import { expect } from 'vitest';
import { ACCOUNT, ask, type Json } from './simulator.ts';

/** The candles of an answer that is not an error. */
export async function candlesOf(
  simulator: OandaSimulator,
  instrument: string,
  query: string,
): Promise<Json | undefined> {
  const answer = await ask(`${simulator.restUrl}/v3/instruments/${instrument}/candles?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json()['candles'];
}

/** The price of EUR_USD. */
export async function priceOf(simulator: OandaSimulator): Promise<Json | undefined> {
  const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_USD`;
  return (await ask(url)).json()['prices']?.[0];
}
