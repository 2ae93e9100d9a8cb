"""The pooler's own certificate authority: makes it, has it succeeded, and keeps its certificate fresh."""
