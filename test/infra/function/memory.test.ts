import { LARGEST } from './hostile-objects.ts';
import { testMemory } from './memory.ts';

testMemory(LARGEST);
