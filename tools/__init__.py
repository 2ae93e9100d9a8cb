"""What a person runs: the `datatier` command and what stands behind it. Never part of what runs in AWS."""
