"""Applies a Prisma history into `_prisma_migrations`, interchangeably with the Prisma CLI."""
