"""The Prisma CLI as this repository runs it: with a schema engine that is here, and nothing is downloaded."""
