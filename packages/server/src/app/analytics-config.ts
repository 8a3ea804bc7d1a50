import { type Variables, reader } from './variables.ts';

/** What is computed from candles, when, and what of it is worth an alert. */
export interface AnalyticsConfig {
  readonly isHourlyEnabled: boolean;
  readonly isDailyEnabled: boolean;
  /** A fraction per year; undefined for what is usual of each instrument. */
  readonly volatilityThreshold: number | undefined;
  /** How far from zero a correlation is strong. */
  readonly correlationThreshold: number;
  /** Over how many hourly returns correlations are. */
  readonly correlationWindowSize: number;
}

/** Throws a ConfigError. */
export function analyticsConfig(variables: Variables): AnalyticsConfig {
  const { required, optional } = reader(variables);
  return {
    isHourlyEnabled: required('HOURLY_JOB_ENABLED'),
    isDailyEnabled: required('DAILY_JOB_ENABLED'),
    volatilityThreshold: optional('VOLATILITY_THRESHOLD'),
    correlationThreshold: required('CORRELATION_THRESHOLD'),
    correlationWindowSize: required('CORRELATION_WINDOW_SIZE'),
  };
}
