import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lambda's share: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MIB_OF_ONE_CPU = 1_769;

const PERIOD_MICROSECONDS = 20_000;

/** Files of the Linux control groups that limit the CPU time, of version 1 and of version 2. */
const VERSIONS = [
  {
    folder: '/sys/fs/cgroup/cpu',
    limits: (quota: number) => [
      ['cpu.cfs_period_us', `${PERIOD_MICROSECONDS}`],
      ['cpu.cfs_quota_us', `${quota}`],
    ],
  },
  {
    folder: '/sys/fs/cgroup',
    limits: (quota: number) => [['cpu.max', `${quota} ${PERIOD_MICROSECONDS}`]],
  },
];

/** A control group whose processes get as much CPU time as a function of some memory. */
export interface CpuShare {
  /** Writing a process ID there puts the process into the group. */
  readonly processes: string;
  /** Call it when all processes have ended. */
  remove(): void;
}

/**
 * Creates a group with the CPU time of a function.
 *
 * @throws Error if the system has no control groups, or this user may not create one
 */
export function createCpuShare(memoryMiB: number): CpuShare {
  const version = VERSIONS.find(({ folder }) => existsSync(join(folder, 'cgroup.procs')));
  if (!version) throw new Error('this measurement needs the control groups of Linux');
  const group = join(version.folder, `bench-${process.pid}-${memoryMiB}`);
  mkdirSync(group);
  const quota = Math.round((memoryMiB / MIB_OF_ONE_CPU) * PERIOD_MICROSECONDS);
  for (const [file = '', value = ''] of version.limits(quota)) writeFileSync(join(group, file), value);
  return { processes: join(group, 'cgroup.procs'), remove: () => rmdirSync(group) };
}
