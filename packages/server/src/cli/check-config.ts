import { parseConfig } from '../app/config.ts';
import { type Environment, withoutUnset } from '../app/variables.ts';
import { SETTINGS, type Setting } from '../app/settings.ts';

/** Variables that begin so are meant for this program. */
const OUR_PREFIX = /^(?:BYBIT|OANDA|WEBSOCKET)_/;
const SIMULATOR_PREFIX = 'SIMULATOR_';

/**
 * Checks the configuration and returns it as text, one variable a line; secrets are masked.
 * Throws a ConfigError for what is wrong.
 */
export function checkConfig(environment: Environment): string {
  parseConfig(environment);
  const given = withoutUnset(environment);
  const lines = Object.entries<Setting<unknown>>(SETTINGS).map(([name, { fallback, isSecret }]) => {
    const value = given[name];
    if (value === undefined) {
      return `${name}=${fallback ?? ''}  # default`;
    }
    return `${name}=${isSecret === true ? '***' : value}`;
  });
  const simulator = Object.entries(given)
    .filter(([name]) => name.startsWith(SIMULATOR_PREFIX))
    .map(([name, value]) => `${name}=${value}`);
  const unknown = unknownSettings(environment).map((name) => `# ${name} is not a setting`);
  return [...lines, ...simulator, ...unknown, 'The configuration is good.'].join('\n');
}

/** Variables that look as if they were meant for this program, which knows none of their names. */
export function unknownSettings(environment: Environment): readonly string[] {
  return Object.keys(withoutUnset(environment)).filter(
    (name) => OUR_PREFIX.test(name) && !Object.hasOwn(SETTINGS, name),
  );
}
