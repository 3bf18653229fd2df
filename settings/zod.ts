import { z } from "zod";

// Compiling a parser takes longer than it saves: each parser reads one input in a run of the program.
z.config({ jitless: true });

export { z };
