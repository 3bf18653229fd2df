/** The tests' own stack, so that they leave the stack `local` alone. TEST_STACK names another. */
export const testStack = process.env.TEST_STACK ?? "test";
