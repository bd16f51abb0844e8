import { runSchedules } from './run-schedules.ts';

runSchedules(1, 400);
