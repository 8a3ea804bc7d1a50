import { ConfigError } from '../domain/errors.ts';
import { SETTINGS, type Setting, type SettingName, type SettingValue } from './settings.ts';

/** Variables as they come: from the environment, a `.env` file, or a program that embeds us. */
export type Environment = Readonly<Record<string, string | number | undefined>>;

/** Those that have a value. */
export type Variables = Readonly<Partial<Record<string, string>>>;

/**
 * Reads settings: `optional` ones are undefined where nothing stands for them, `required` ones are
 * an error then. Both throw a {@link ConfigError} for a value that is wrong.
 */
export function reader(variables: Variables) {
  const optional = <Name extends SettingName>(name: Name): SettingValue<Name> | undefined => {
    const setting: Setting<unknown> = SETTINGS[name];
    const given = variables[name];
    const value = given ?? setting.fallback;
    if (value === undefined) {
      return undefined;
    }
    const result = setting.schema.safeParse(value.trim());
    if (!result.success) {
      const shown = setting.isSecret === true ? '***' : `'${value.replaceAll(/\p{Cc}/gu, ' ')}'`;
      throw new ConfigError(`${name}: expected ${setting.expected}, got ${shown}`);
    }
    return result.data as SettingValue<Name>;
  };
  const required = <Name extends SettingName>(name: Name): SettingValue<Name> => {
    const value = optional(name);
    if (value === undefined) {
      throw new ConfigError(`${name}: expected ${SETTINGS[name].expected}, got none`);
    }
    return value;
  };
  return { optional, required };
}

/** The variables that have a value: `None` and an empty text mean that there is none. */
export function withoutUnset(environment: Environment): Variables {
  const texts = Object.entries(environment).map(([name, value]): [string, string] => [
    name,
    String(value ?? ''),
  ]);
  return Object.fromEntries(texts.filter(([, text]) => !['', 'None'].includes(text.trim())));
}
