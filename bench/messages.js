/**
 * What the bench asks of its child processes, over Node's IPC channel.
 *
 * @typedef {object} PeerMethods
 * @property {(options: StartOptions) => Promise<{ port: number }>} start
 *   Listens on a free port of loopback. `epochOffsetUs` makes microseconds since 1970 of the
 *   machine's monotonic clock.
 * @property {(params: Nothing) => Promise<{ rssBytes: number }>} memory
 *   Collects garbage and reads the resident set.
 * @property {(plan: import('./phases.js').Plan) => Promise<Published>} publish
 *   Publishes at a pace; the processor time that `cpu` reads begins with it.
 * @property {(params: Nothing) => Promise<{ cpuUs: number }>} cpu
 *   The process's processor time, all threads, since `publish` began.
 *
 * @typedef {object} LoadMethods
 * @property {(options: ConnectOptions) => Promise<Connected>} connect
 *   Resolves when every client has its subscription confirmed; rejects when one cannot.
 * @property {(params: Nothing) => Promise<Nothing>} begin
 *   Counts from zero.
 * @property {(params: CollectParams) => Promise<Collected>} collect
 *   Resolves when all that was expected is there, or `graceMs` are over.
 *
 * @typedef {Record<string, never>} Nothing
 * @typedef {{ maxClients: number, epochOffsetUs: number }} StartOptions
 * @typedef {{ published: number, maxLateMs: number }} Published
 * @typedef {{ port: number, clients: number, epochOffsetUs: number }} ConnectOptions
 * @typedef {{ seconds: number, busy: number }} Connected
 *   `busy`: the share of the time that the load process was on a processor.
 * @typedef {{ expectedPerClient: number, graceMs: number }} CollectParams
 * @typedef {import('./load/tally.js').Summary & Traffic} Collected
 * @typedef {object} Traffic
 * @property {number} cpuUs Processor time of the load process since `begin`.
 * @property {number} wallUs
 * @property {number} messageBytes Mean length of a price's frame, its header left out.
 * @property {number} closedClients Connections that have ended.
 */

/** @type {Nothing} */
export const NOTHING = {};
