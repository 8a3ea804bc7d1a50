import { type MarketEvent, formatChannel } from '@tickwire/protocol';
import { ChannelError } from '../../src/domain/errors.ts';
import { testLiveMarketData } from '../contracts/live-market-data.contract.ts';
import { TICKER, TRADES, bookChange, bookOf, candleOf } from '../support/live-events.ts';
import { LiveGateway } from '../support/live-gateway.ts';

const TURN_MS = 5;
const CANDLES = formatChannel({ kind: 'candles', instrument: 'BTCUSDT', interval: '1' });
const HISTORY = 120;

/** What a venue might tell in one turn. */
function eventsOf(turn: number): MarketEvent[] {
  const trades = TRADES.trades.map((trade, index) => ({ ...trade, id: `${turn}-${index}` }));
  const book = turn % 10 === 0 ? bookOf(60, turn) : bookChange(turn, [['999', String(turn)]]);
  const close = `283${40 + (turn % 20)}.25`;
  return [candleOf(HISTORY, { close }), { ...TRADES, trades }, TICKER, book];
}

testLiveMarketData(
  async () => {
    const gateway = new LiveGateway({});
    gateway.directory.answer = (channel) =>
      'instrument' in channel && channel.instrument === 'BTCUSDT'
        ? Promise.resolve(channel)
        : Promise.reject(new ChannelError('INVALID_SYMBOL', 'Unknown symbol'));
    gateway.candles.begin(
      CANDLES,
      Array.from({ length: HISTORY }, (_, index) => candleOf(index, { isConfirmed: true })),
    );
    await gateway.start();
    let turn = 0;
    const venue = setInterval(() => {
      eventsOf(turn).forEach((event) => {
        gateway.publish(event);
      });
      turn += 1;
    }, TURN_MS);
    return {
      url: gateway.url,
      close: async () => {
        clearInterval(venue);
        await gateway.close();
      },
    };
  },
  { symbol: 'BTCUSDT', timeframe: '1' },
);
