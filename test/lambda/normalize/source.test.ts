import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../lambda/normalize/source.ts';

const label = (characters: number) => 'a'.repeat(characters);

describe('a source address', () => {
  it.each([
    '1.2.3.4.',
    '255.255.255.255.',
    '00.000.000.00.',
    '999.1.1.1.',
    '1.2.3.4..',
    '1.2.3.04',
    '::1.',
    'fe80::1%eth0',
    '1.2.3.4/32',
    '1.2.3.4:443',
    '[::1]',
  ])('is neither an address nor a host: %s', (address) => {
    expect(parseSource(address)).toBeUndefined();
  });

  it.each(['1.2.3.4', '0.0.0.0', '255.255.255.255', '::1', '::'])('is an address: %s', (address) => {
    expect(parseSource(address)).toEqual({ address, ip: address });
  });

  it.each([
    ['1.2.3.', '1.2'],
    ['1.2.3.4.5.', '1.2.3.4'],
    ['1.2.3.4444.', '1.2.3'],
    ['1.2.3.x', '1.2.3'],
    ['x.1.2.3.4', 'x.1.2.3'],
  ])('is a host with numeric labels, but not four: %s', (address, subdomain) => {
    expect(parseSource(address)).toEqual({ address, domain: address, subdomain });
  });

  describe.each([
    ['first', (part: string) => `${part}.b.example.com`],
    ['middle', (part: string) => `b.${part}.example.com`],
    ['second to last', (part: string) => `b.${part}.com`],
    ['last', (part: string) => `b.example.${part}`],
    ['only', (part: string) => part],
    ['last of a name with a trailing dot', (part: string) => `b.example.${part}.`],
  ])('with a long %s label', (_, write) => {
    it.each([1, 62, 63])('of %i characters is a host', (characters) => {
      const address = write(label(characters));
      expect(parseSource(address)).toMatchObject({ address, domain: address });
    });

    it.each([64, 65, 253])('of %i characters is not a host', (characters) => {
      expect(parseSource(write(label(characters)))).toBeUndefined();
    });
  });

  it.each(['', '.', '..', '.a', 'a..b', 'a.-b.c', '-', 'a_b.c', 'a b.c'])('is not a host: %j', (address) => {
    expect(parseSource(address)).toBeUndefined();
  });

  it('has the same result on the second call', () => {
    for (const address of ['1.2.3.4.', '192.0.2.7', 's3.amazonaws.com.', `${label(64)}.com`]) {
      expect(parseSource(address)).toEqual(parseSource(address));
    }
  });
});
