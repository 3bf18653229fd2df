import { programs } from "./programs";

// One of the programs, at one of its steps; what it returns are the stack's outputs.
const { PARITY_PROGRAM = "", PARITY_STEP = "" } = process.env;
const program = programs[PARITY_PROGRAM];
if (!program) throw new Error(`there is no program "${PARITY_PROGRAM}"`);

module.exports = program(Number(PARITY_STEP));
