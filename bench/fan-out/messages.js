/**
 * What the bench asks of its child processes, over Node's IPC channel.
 *
 * @typedef {object} PeerMethods
 * @property {(options: StartOptions) => Promise<{ port: number }>} start
 *   Listens on a free port of loopback.
 * @property {(params: Nothing) => Promise<{ rssBytes: number }>} memory
 *   Collects garbage and reads the resident set.
 * @property {SourceMethods['publish']} publish Publishes from within the server's process.
 * @property {(params: Nothing) => Promise<Nothing>} beginCpu
 * @property {(params: Nothing) => Promise<{ cpuUs: number }>} cpu
 *   The process's processor time, all threads, since `beginCpu`.
 *
 * @typedef {object} SourceMethods Where the messages come from.
 * @property {(options: SourceOptions) => Promise<Nothing>} open
 * @property {(plan: import('./phases.js').Plan) => Promise<Published>} publish
 *   Publishes at a pace.
 *
 * @typedef {object} LoadMethods
 * @property {(options: ConnectOptions) => Promise<Connected>} connect
 *   Resolves when every client has its subscription confirmed; rejects when one cannot.
 * @property {(params: Nothing) => Promise<{ reconnected: number }>} reconnect
 *   The same for clients that were closed.
 * @property {(params: Nothing) => Promise<Nothing>} begin
 *   Counts from zero.
 * @property {(params: CollectParams) => Promise<Collected>} collect
 *   Resolves when all that was expected is there, nothing comes any more, or `graceMs` are over.
 *
 * @typedef {import('../child.js').Nothing} Nothing
 * @typedef {SourceOptions & { wire: import('./wires.js').WireName, maxClients: number }}
 *   StartOptions
 * @typedef {{ epochOffsetUs: number, redisUrl: string | undefined }} SourceOptions
 *   `epochOffsetUs` makes microseconds since 1970 of the machine's monotonic clock. With a
 *   `redisUrl` the messages pass through that Redis, and come from a process of their own.
 * @typedef {object} Published
 * @property {readonly number[]} counts How many messages of each instrument.
 * @property {number} maxLateMs How late the latest burst was.
 * @property {number} startedAtUs By the machine's clock.
 * @typedef {object} ConnectOptions
 * @property {import('./wires.js').WireName} wire
 * @property {number} port
 * @property {number} clients
 * @property {number} firstClient The number of the first, where other processes have others.
 * @property {number} pairs How many instruments each subscribes to.
 * @property {number} atOnce How many connect at the same time.
 * @property {number} epochOffsetUs
 * @typedef {{ seconds: number, busy: number }} Connected
 *   `busy`: the share of the time that the load process was on a processor.
 * @typedef {{ published: readonly number[], graceMs: number }} CollectParams
 * @typedef {import('./load/tally.js').Counts & Traffic} Collected
 * @typedef {object} Traffic
 * @property {number} cpuUs Processor time of the load process since `begin`.
 * @property {number} wallUs
 * @property {number} lastAtUs When the last message came, by the machine's clock.
 * @property {number} messageBytes Mean length of a price's frame.
 * @property {number} closedClients Connections that have ended since `begin`.
 */

export {};
