import { runSchedules } from './run-schedules.ts';

runSchedules(0, 20);
