// What can go wrong in a seed, as a tree:
//
//   SeedError            a message for a person: what, where, what to do. Never holds a password. Exit code 1.
//   ├── InputError       an option, DATABASE_URL or the environment is wrong. Exit code 2.
//   └── RefusedError     the database may be a production one, and nobody said that this is meant. Exit code 2.

/** The seed stops here, and the message says why. */
export class SeedError extends Error {
  exitCode = 1;
}

/** What was asked for cannot be understood. */
export class InputError extends SeedError {
  exitCode = 2;
}

/** What was asked for is understood, and too dangerous to do without a second word. */
export class RefusedError extends SeedError {
  exitCode = 2;
}
