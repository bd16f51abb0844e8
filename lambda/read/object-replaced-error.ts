/** Thrown when the object under this key is no longer the one that was read before. */
export class ObjectReplacedError extends Error {
  override name = 'ObjectReplacedError';

  constructor() {
    super('the object was replaced while it was being delivered');
  }
}
