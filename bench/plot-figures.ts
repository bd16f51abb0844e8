import { writeFileSync } from 'node:fs';
import type { Figures, WholeRun } from './figures.ts';

const WIDTH = 720;
const ROW = 26;
const LABEL = 210;

/** Plots peak memory by object size to docs/performance-memory.svg. */
export function plotFigures({ machine, wholes }: Pick<Figures, 'machine' | 'wholes'>): void {
  write(
    'performance-memory.svg',
    `Peak memory by inflated size (${machine})`,
    wholes.flatMap(({ inflatedBytes, packed, sent }) => [
      memoryBar(`${(inflatedBytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`, packed),
      memoryBar('with the SDK', sent),
    ]),
  );
}

function memoryBar(label: string, { peakBytes }: WholeRun): Bar {
  return { label, value: peakBytes / 1e6, text: `${(peakBytes / 1e6).toFixed(0)} MB` };
}

interface Bar {
  label: string;
  value: number;
  text: string;
}

function write(name: string, title: string, bars: Bar[]): void {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value, text }, i) => {
    const y = 44 + i * ROW;
    const width = ((WIDTH - LABEL - 70) * value) / most;
    return [
      `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 8}" fill="#3b6ea5"/>`,
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 15}">${escapeXml(text)}</text>`,
    ].join('');
  });
  const height = 52 + bars.length * ROW;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13"><title>${escapeXml(title)}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="26" font-size="14">${escapeXml(title)}</text>${rows.join('')}</svg>\n`;
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), svg);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
