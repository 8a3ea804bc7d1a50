/** @import * as Wire from '@tickwire/protocol' */

/**
 * What to do with each event of the server: prints it. A subclass overrides what it wants to do
 * otherwise.
 */
export class FXEventHandlers {
  onConnect() {
    console.log('Connected');
  }

  /** @param {string} reason */
  onDisconnect(reason) {
    console.log(`Disconnected: ${reason}`);
  }

  /** @param {Wire.ConnectionEstablished} data */
  onConnectionEstablished(data) {
    const { client_id, pair_count, active_clients, max_clients } = data;
    console.log(
      `Client ${client_id}: ${pair_count} pairs, ${active_clients}/${max_clients} clients`,
    );
  }

  /** @param {Wire.SubscriptionConfirmed} data */
  onSubscriptionConfirmed({ pair_count, pairs }) {
    console.log(`Subscribed to ${pair_count} pairs: ${pairs.join(', ')}`);
  }

  /** @param {Wire.UnsubscriptionConfirmed} data */
  onUnsubscriptionConfirmed({ message }) {
    console.log(message);
  }

  /** @param {Wire.SubscriptionsInfo} data */
  onSubscriptionsInfo({ pair_count, subscribed_pairs }) {
    console.log(`${pair_count} subscriptions: ${subscribed_pairs.join(', ')}`);
  }

  /** @param {Wire.PriceMessage} data */
  onPriceUpdate({ instrument, price }) {
    console.log(`${instrument.padEnd(8)} ${price.bid} / ${price.ask}  ${price.time}`);
  }

  /** @param {Wire.PriceMessage} data */
  onPriceResponse({ instrument, price }) {
    console.log(`${instrument} is at ${price.mid}`);
  }

  /** @param {Wire.AllPricesResponse} data */
  onAllPricesResponse({ pair_count }) {
    console.log(`${pair_count} prices`);
  }

  /** @param {Wire.VolatilityAlertMessage} data */
  onVolatilityAlert({ severity, instrument, message }) {
    console.log(`[${severity}] ${instrument}: ${message}`);
  }

  /** @param {Wire.CorrelationAlertMessage} data */
  onCorrelationAlert({ severity, message }) {
    console.log(`[${severity}] ${message}`);
  }

  /** @param {Wire.DataReadyMessage} data */
  onDataReady({ message }) {
    console.log(message);
  }

  /** @param {Wire.ServerStats} data */
  onServerStats({ active_clients, total_subscriptions }) {
    console.log(`${active_clients} clients, ${total_subscriptions} subscriptions`);
  }

  /**
   * @param {Wire.Pong} data
   * @param {number} latencyMs from the request to here
   */
  onPong({ timestamp }, latencyMs) {
    console.log(`Pong of ${timestamp} after ${latencyMs.toFixed(1)} ms`);
  }

  /** @param {Wire.SubscriptionError} data */
  onSubscriptionError(data) {
    this.onError(data);
  }

  /** @param {Wire.ErrorMessage} data */
  onUnsubscriptionError(data) {
    this.onError(data);
  }

  /** @param {Wire.ErrorMessage} data */
  onPriceError(data) {
    this.onError(data);
  }

  /** @param {Wire.ErrorMessage} data */
  onServerError(data) {
    this.onError(data);
  }

  /**
   * Every error comes here unless its own method is overridden, a failed attempt to connect too.
   * @param {Wire.ErrorMessage} data
   */
  onError({ error, message }) {
    console.error(`Error: ${error}${message === undefined ? '' : ` (${message})`}`);
  }
}
