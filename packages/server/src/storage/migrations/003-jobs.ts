import type { Migration } from './migration.ts';

/** What several processes need to share jobs, and the metrics that are ours. */
export const jobs: Migration = {
  version: 3,
  name: 'jobs',
  statements: [
    `ALTER TABLE cron_job_log
       ADD COLUMN fire_time timestamptz,
       ADD COLUMN lease_until timestamptz,
       ADD COLUMN owner text,
       ADD COLUMN attempt integer`,
    `COMMENT ON COLUMN cron_job_log.fire_time IS
       'Which run it is; another program''s run has none'`,
    `COMMENT ON COLUMN cron_job_log.lease_until IS
       'When a run that still says running has failed, unless its owner has moved it on by then'`,
    // One row for each run, however many processes try it and however often. By job and newest
    // first, it also finds each job's last.
    `CREATE UNIQUE INDEX cron_job_log_by_fire_time ON cron_job_log (job_name, fire_time)`,
    `ALTER TABLE volatility_metrics
       ADD COLUMN ema_12 numeric,
       ADD COLUMN ema_26 numeric,
       ADD COLUMN ema_50 numeric,
       ADD COLUMN rsi numeric,
       ADD COLUMN macd numeric,
       ADD COLUMN macd_signal numeric,
       ADD COLUMN macd_histogram numeric,
       ADD COLUMN ewma_volatility numeric`,
    // The newest alert of each instrument or pair, of which there are few among all alerts.
    `CREATE INDEX alert_events_by_subject
       ON alert_events (kind, instrument, other_instrument, time)`,
  ],
};
