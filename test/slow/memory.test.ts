import { OTHERS } from '../infra/function/hostile-objects.ts';
import { testMemory } from '../infra/function/memory.ts';

testMemory(OTHERS);
