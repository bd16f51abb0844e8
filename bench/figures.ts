import type { Programs } from './bundle-programs.ts';
import { type CorpusName, corpusFile } from './corpus.ts';
import { measureCommand, median, quantile } from './measure.ts';
import { runAsDeployed, runNode } from './run-node.ts';
import { SELECTIONS, type SelectionName } from './selections.ts';
import { FLOOR } from './stages.ts';

/** Results of one benchmark run. */
export interface Figures {
  machine: string;
  stages: StageFigure[];
  wholes: WholeFigure[];
  sizes: SizeFigure[];
  volumes: VolumeFigure[];
  cold: ColdFigure;
  selections: SelectionFigure[];
  peers: PeerFigure[];
}

/** CPU microseconds per event of one stage, and the ratio to the floor. */
export interface StageFigure {
  file: CorpusName;
  stage: string;
  /** Median. */
  microseconds: number;
  /** Median of the ratios, each within one round. */
  timesFloor: number;
  /** First and third quartile of the ratios. */
  quartiles: [number, number];
}

/**
 * Measures stages and the floor, each in its own process. Each round runs the floor and then all stages, so a slow
 * minute of the machine affects both sides of a ratio.
 */
export async function measureStages(
  { worker }: Programs,
  name: CorpusName,
  stages: readonly string[],
  rounds: number,
): Promise<StageFigure[]> {
  const { file } = await corpusFile(name);
  const measure = (stage: string) => runNode<number>(worker, 'stage', file, stage);
  const samples = stages.map((stage) => ({ stage, microseconds: [] as number[], ratios: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    const floor = measure(FLOOR);
    for (const { stage, microseconds, ratios } of samples) {
      const cost = measure(stage);
      microseconds.push(cost);
      ratios.push(cost / floor);
    }
  }
  return samples.map(({ stage, microseconds, ratios }) => ({
    file: name,
    stage,
    microseconds: median(microseconds),
    timesFloor: median(ratios),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  }));
}

export interface WholeFigure {
  file: CorpusName;
  inflatedBytes: number;
  events: number;
  /** All stages before the PutRecordBatch call. */
  packed: WholeRun;
  /** The complete pipeline with the SDK, down to the socket. */
  sent: WholeRun;
}

export interface WholeRun {
  /** CPU microseconds per event. */
  microseconds: number;
  peakBytes: number;
}

/**
 * Measures one object in a new process with the deployed Node options, once without and once with the SDK: peak
 * memory, and CPU per event without Node's startup.
 */
export async function measureWhole(
  { worker }: Programs,
  name: CorpusName,
  emptyMs: number,
): Promise<WholeFigure> {
  const { file, inflatedBytes } = await corpusFile(name);
  type Row = { events: number; cpuMicroseconds: number; peakBytes: number };
  const packed = runAsDeployed<Row>(worker, 'whole', file);
  const sent = runAsDeployed<Row>(worker, 'whole-with-sdk', file);
  const figureOf = ({ cpuMicroseconds, events, peakBytes }: Row) => ({
    microseconds: (cpuMicroseconds - emptyMs * 1000) / events,
    peakBytes,
  });
  return { file: name, inflatedBytes, events: packed.events, packed: figureOf(packed), sent: figureOf(sent) };
}

/** CPU per event of an object and of the typical file, read the same way in one warm process. */
export interface SizeFigure {
  file: CorpusName;
  /** CPU per event of the typical file. */
  typicalMicroseconds: number;
  microseconds: number;
}

/** Measures whether an event costs more in a large object. */
export async function measureSize({ worker }: Programs, name: CorpusName): Promise<SizeFigure> {
  const [{ file }, typical] = [await corpusFile(name), await corpusFile('typical')];
  const row = runAsDeployed<{ typical: number; object: number }>(worker, 'sizes', file, typical.file);
  return { file: name, typicalMicroseconds: row.typical, microseconds: row.object };
}

export interface VolumeFigure {
  packing: string;
  bytesAnEvent: number;
  /** Calls per million events. */
  calls: number;
  /** Billed GiB per million events. */
  billedGiB: number;
}

/** Measures what is sent to Firehose. Use a large file: small ones never fill one Firehose record. */
export async function measureVolume({ worker }: Programs, name: CorpusName): Promise<VolumeFigure[]> {
  const { file } = await corpusFile(name);
  type Row = { packing: string; events: number; calls: number; bytesAccepted: number; billedBytes: number };
  return runNode<Row[]>(worker, 'volume', file).map(
    ({ packing, events, calls, bytesAccepted, billedBytes }) => ({
      packing,
      bytesAnEvent: bytesAccepted / events,
      calls: (calls / events) * 1e6,
      billedGiB: ((billedBytes / events) * 1e6) / 1024 ** 3,
    }),
  );
}

/** What rules or redaction cost. */
export interface SelectionFigure {
  file: CorpusName;
  selection: SelectionName;
  /** CPU microseconds per event of the entire process. */
  microseconds: number;
  /** Median of the ratios to the run without, each of the two processes next to each other. */
  timesNone: number;
}

/** Measures whole processes, with and without in turn. */
export function measureSelections({ worker }: Programs, file: string, name: CorpusName, pairs: number) {
  const names = (Object.keys(SELECTIONS) as SelectionName[]).filter((selection) => selection !== 'none');
  const costOf = (selection: SelectionName) => {
    const row = runAsDeployed<{ events: number; cpuMicroseconds: number }>(
      worker,
      'selection',
      file,
      selection,
    );
    return row.cpuMicroseconds / row.events;
  };
  return names.map((selection): SelectionFigure => {
    const rows = Array.from({ length: pairs }, (_, i) => {
      // The second process of a pair may profit from a warm file cache.
      if (i % 2 === 0) return { without: costOf('none'), with: costOf(selection) };
      const first = costOf(selection);
      return { with: first, without: costOf('none') };
    });
    return {
      file: name,
      selection,
      microseconds: median(rows.map((row) => row.with)),
      timesNone: median(rows.map((row) => row.with / row.without)),
    };
  });
}

export interface ColdFigure {
  bundleBytes: number;
  /** CPU without Node's own startup. */
  initializeMs: number;
  firstObjectMs: number;
  /** Wall-clock time from initialization to the end of the first object. */
  firstObjectWallMs: number;
}

export async function measureCold(
  { cold, handlerBytes }: Programs,
  emptyMs: number,
  runs: number,
): Promise<ColdFigure> {
  const { file } = await corpusFile('small');
  type Row = { initialized: number; firstObject: number; firstObjectMs: number };
  const rows = Array.from({ length: runs }, () => runAsDeployed<Row>(cold, file));
  return {
    bundleBytes: handlerBytes,
    initializeMs: median(rows.map(({ initialized }) => initialized / 1000)) - emptyMs,
    firstObjectMs: median(rows.map(({ firstObject }) => firstObject / 1000)),
    firstObjectWallMs: median(rows.map(({ firstObjectMs }) => firstObjectMs)),
  };
}

export interface PeerFigure {
  file: CorpusName;
  peer: string;
  /** CPU seconds, including process startup. */
  seconds: number;
}

const PYTHON = [
  'import gzip,json,sys',
  'for r in json.loads(gzip.open(sys.argv[1]).read())["Records"]: sys.stdout.write(json.dumps(r)+"\\n")',
].join('\n');

/** Measures common alternatives on the same file. Lists those that cannot run. */
export async function measurePeers(
  { worker }: Programs,
  name: CorpusName,
  runs: number,
): Promise<PeerFigure[]> {
  const { file } = await corpusFile(name);
  const commands = {
    'this project, events in lines': `AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true ${process.execPath} ${worker} file ${file}`,
    "zcat | jq -c '.Records[]'": `zcat ${file} | jq -c '.Records[]'`,
    'Python gzip + json.loads + json.dumps': `python3 -c '${PYTHON}' ${file}`,
  };
  return Object.entries(commands).map(([peer, command]) => {
    try {
      return {
        file: name,
        peer,
        seconds: median(Array.from({ length: runs }, () => measureCommand(command))),
      };
    } catch {
      return { file: name, peer: `${peer} (not installed, or out of memory)`, seconds: Number.NaN };
    }
  });
}
