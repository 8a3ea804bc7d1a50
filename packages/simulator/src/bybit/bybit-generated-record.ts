/** The row of `/v5/market/instruments-info` for an instrument of the generated market. */
import type { BybitInstrument } from './bybit-venue.ts';
import type { CryptoInstrument } from '../crypto/crypto-instruments.ts';
import { formatUnits } from '../market/unit-decimal.ts';

const FUNDING_MINUTES = 480;
/** Ticks and lots of the limits that Bybit also names; nothing here depends on them. */
const MAX_PRICE_TICKS = 19_999_998;
const MAX_ORDER_LOTS = 1_190_000;

/** With the fields, their types and their order as of 2025. */
export function generatedRecord(instrument: CryptoInstrument): BybitInstrument {
  return instrument.category === 'spot' ? spotRecord(instrument) : contractRecord(instrument);
}

function contractRecord(instrument: CryptoInstrument): BybitInstrument {
  const { symbol, category, coin, quoteCoin, tick, lot, priceScale, launchMs } = instrument;
  const price = (ticks: number): string =>
    formatUnits(ticks * tick.mantissa, tick.digits, priceScale);
  const size = (lots: number): string => formatUnits(lots * lot.mantissa, lot.digits, lot.digits);
  return {
    symbol,
    contractType: category === 'linear' ? 'LinearPerpetual' : 'InversePerpetual',
    status: 'Trading',
    baseCoin: coin,
    quoteCoin,
    launchTime: String(launchMs),
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(priceScale),
    leverageFilter: { minLeverage: '1', maxLeverage: '100.00', leverageStep: '0.01' },
    priceFilter: { minPrice: price(1), maxPrice: price(MAX_PRICE_TICKS), tickSize: price(1) },
    lotSizeFilter: {
      maxOrderQty: size(MAX_ORDER_LOTS),
      minOrderQty: size(1),
      qtyStep: size(1),
      postOnlyMaxOrderQty: size(MAX_ORDER_LOTS),
      maxMktOrderQty: size(MAX_ORDER_LOTS / 10),
      minNotionalValue: '5',
    },
    unifiedMarginTrade: true,
    fundingInterval: FUNDING_MINUTES,
    settleCoin: category === 'linear' ? quoteCoin : coin,
    copyTrading: 'both',
    upperFundingRate: '0.005',
    lowerFundingRate: '-0.005',
    isPreListing: false,
    preListingInfo: null,
    riskParameters: { priceLimitRatioX: '0.01', priceLimitRatioY: '0.02' },
    displayName: '',
    symbolType: '',
  };
}

function spotRecord({ symbol, coin, quoteCoin, tick, lot }: CryptoInstrument): BybitInstrument {
  const lotText = formatUnits(lot.mantissa, lot.digits);
  return {
    symbol,
    baseCoin: coin,
    quoteCoin,
    innovation: '0',
    status: 'Trading',
    marginTrading: 'utaOnly',
    stTag: '0',
    lotSizeFilter: {
      basePrecision: lotText,
      quotePrecision: formatUnits(1, tick.digits + lot.digits),
      minOrderQty: lotText,
      maxOrderQty: formatUnits(MAX_ORDER_LOTS * lot.mantissa, lot.digits),
      minOrderAmt: '5',
      maxOrderAmt: '4000000',
    },
    priceFilter: { tickSize: formatUnits(tick.mantissa, tick.digits) },
    riskParameters: { priceLimitRatioX: '0.01', priceLimitRatioY: '0.02' },
    symbolType: '',
  };
}
