"""What the `datatier migrate` commands do, apart from the engine itself, which is the bootstrap Lambda's."""
