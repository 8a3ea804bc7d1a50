export { TickwireClient, type TickwireClientOptions } from './client.ts';
export type { Clock, ScheduledCall } from './clock.ts';
export type { ClientState, StateDetails } from './connection.ts';
export { TickwireError } from './error.ts';
export type {
  ChannelDataOf,
  ChannelSnapshotOf,
  Gap,
  Span,
  SubscribeOptions,
  Subscription,
} from './subscription.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
export type {
  AlertMessage,
  ChannelData,
  ChannelSnapshot,
  ErrorCode,
  LiveCandle,
} from '@tickwire/protocol';
