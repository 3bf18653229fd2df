import { z } from "zod";

// A compiled parser pays after many inputs. Here each reads one, at each run of the program.
z.config({ jitless: true });

export { z };
