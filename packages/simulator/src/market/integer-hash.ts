/**
 * Randomness as a function: the same integers in give the same integer out, on every machine.
 * Everything that the generated market draws comes from here.
 */

const GOLDEN_RATIO = 0x9e3779b1;

/**
 * A signed 32-bit integer that looks independent of its argument: the two-round mixer `lowbias32`
 * (https://github.com/skeeto/hash-prospector, 2022 constants).
 */
export function mixInteger(value: number): number {
  let hash = value | 0;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x21f0aaad);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x735a2d97);
  return hash ^ (hash >>> 15);
}

/** The hash of a key's `part`-th child: keys form a tree, as in seed, instrument, minute, tick. */
export function childKey(key: number, part: number): number {
  return mixInteger((key + Math.imul(part + 1, GOLDEN_RATIO)) | 0);
}

/** The key of a name (FNV-1a), so that a new name changes nothing for the names beside it. */
export function namedKey(key: number, name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return childKey(key, hash);
}

/** A hash as a number from 0 up to, but not including, 1. */
export function toUnit(hash: number): number {
  return (hash >>> 0) / 0x1_0000_0000;
}
