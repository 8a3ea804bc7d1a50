export * from './backoff.ts';
export * from './channel.ts';
export * from './codes.ts';
export * from './decimal.ts';
export * from './instrument.ts';
export * from './interval.ts';
export * from './market-data.ts';
export * from './messages.ts';
