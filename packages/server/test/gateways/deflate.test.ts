import { expect, test } from 'vitest';
import { hasAcceptableOffer } from '../../src/gateways/deflate.ts';

test.each([
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits',
  'permessage-deflate; server_max_window_bits=12; client_max_window_bits=12',
  'permessage-deflate;server_no_context_takeover;server_max_window_bits="15"',
  'permessage-deflate; server_max_window_bits=9, permessage-deflate',
  'x-webkit-deflate-frame, permessage-deflate',
])('accepts %s', (header) => {
  expect(hasAcceptableOffer(header)).toBe(true);
});

test.each([
  undefined,
  '',
  'x-webkit-deflate-frame',
  'permessage-deflate; server_max_window_bits=11',
  'permessage-deflate; server_max_window_bits="8", permessage-deflate;server_max_window_bits=9',
  'permessage-deflate; server_max_window_bits',
  'permessage-deflate; server_max_window_bits=many',
  'permessage-deflate; server_max_window_bits=20',
  'permessage-deflate; client_max_window_bits=20',
  'permessage-deflate; foo=1',
  'permessage-deflate; foo=1, permessage-deflate',
  'permessage-deflate; server_no_context_takeover=1',
  'permessage-deflate; client_max_window_bits; client_max_window_bits',
  'permessage-deflate;',
])('declines %s', (header) => {
  expect(hasAcceptableOffer(header)).toBe(false);
});
