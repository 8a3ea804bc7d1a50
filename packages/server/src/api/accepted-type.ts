/**
 * Tells whether a header `Accept` asks for CSV rather than for JSON: the greater `q` wins, and where
 * both have the same, JSON unless CSV alone is named, https://www.rfc-editor.org/rfc/rfc9110#name-accept.
 */
export function prefersCsv(accept = '*/*'): boolean {
  const ranges = accept.toLowerCase().split(',').map(parseRange);
  const csv = qualityOf('text/csv', ranges);
  const json = qualityOf('application/json', ranges);
  const isNamed = (type: string): boolean => ranges.some(({ range }) => range === type);
  return (
    csv > json || (csv > 0 && csv === json && isNamed('text/csv') && !isNamed('application/json'))
  );
}

interface AcceptedRange {
  readonly range: string;
  readonly quality: number;
}

function parseRange(text: string): AcceptedRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { range, quality: Number(quality) || 0 };
}

/** That of the narrowest range which has the type in it. */
function qualityOf(type: string, ranges: readonly AcceptedRange[]): number {
  const wide = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const name of [type, wide, '*/*']) {
    const found = ranges.find(({ range }) => range === name);
    if (found !== undefined) {
      return found.quality;
    }
  }
  return 0;
}
