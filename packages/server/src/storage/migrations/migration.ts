/** One step of the tables' history. Once released it never changes: what is wrong, a later mends. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number;
  readonly name: string;
  /** One statement each. */
  readonly statements: readonly string[];
}
