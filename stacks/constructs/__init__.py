"""Parts that the stacks are wired from: each knows one thing of AWS and takes typed, keyword-only inputs."""
