import { SETTINGS, type Setting } from '../app/settings.ts';
import { type Environment, parseConfig } from '../app/config.ts';

/**
 * Checks the configuration and returns it as text, one variable a line, with what it comes from;
 * secrets are masked. Throws a ConfigError for what is wrong.
 */
export function checkConfig(environment: Environment): string {
  parseConfig(environment);
  const lines = Object.entries<Setting<unknown>>(SETTINGS).map(([name, { fallback, isSecret }]) => {
    const given = environment[name];
    const isSet = given !== undefined && given !== '' && given !== 'None';
    const value = isSet ? (isSecret === true ? '***' : given) : (fallback ?? '');
    return `${name}=${value}${isSet ? '' : '  # default'}`;
  });
  return [...lines, 'The configuration is good.'].join('\n');
}
