"""Container images of a rehearsal: what stands for `docker` to the CDK CLI, and what is kept of an image.

Nothing is built as an engine would: an image is its build context, and its program runs on this machine.
"""
