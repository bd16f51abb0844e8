/** Environment variables of the function. An empty one counts as missing. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error if the variable is missing or empty */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** @returns the parts between commas; `undefined` if the variable is missing or empty */
export function list(env: Environment, name: string): string[] | undefined {
  const given = env[name];
  return given ? given.split(',') : undefined;
}

/** @throws Error for a value that is not among `values` */
export function oneOf<T extends string>(
  env: Environment,
  name: string,
  values: readonly T[],
  otherwise: T,
): T {
  const given = env[name];
  if (!given) return otherwise;
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) {
    throw new Error(
      `${name} must be one of ${values.join(', ')} (got "${given}"). Use one of these or remove ${name}.`,
    );
  }
  return value;
}

/** Like `integer`, with `undefined` if the variable is missing or empty. */
export function optional(env: Environment, name: string, min: number, max: number): number | undefined {
  return env[name] ? integer(env, name, min, min, max) : undefined;
}

/** @throws Error for anything but an integer from `min` to `max` */
export function integer(env: Environment, name: string, otherwise: number, min: number, max: number): number {
  const given = env[name];
  if (!given) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(
    `${name} must be an integer from ${min} to ${max} (got "${given}"). Use a value in this range or remove ${name}.`,
  );
}
